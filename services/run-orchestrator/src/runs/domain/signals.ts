import type { RunOrchestratorEvent } from '@causeway/contracts';

/** A signal, by its id and the version of its event; its data stays in the ledger. */
export type Signal = { readonly signalId: string; readonly name: string; readonly version: number };

/** What a run was told from outside: what it has not used yet, oldest first, and the newest that it used. */
export type Signals = { readonly waiting: readonly Signal[]; readonly used: readonly Signal[] };

/** Most signals that a run keeps until it waits for them. */
export const MAX_WAITING = 100;
/** Most used signals that are told to an agent that goes on. */
export const MAX_USED = 20;

export const NO_SIGNALS: Signals = { waiting: [], used: [] };

/** The signals after an event; `version` is that of the event. */
export function evolveSignals(signals: Signals, event: RunOrchestratorEvent, version: number): Signals {
  switch (event.type) {
    case 'run.signalled': {
      const { signalId, name } = event.data;
      return { ...signals, waiting: [...signals.waiting, { signalId, name, version }] };
    }
    case 'run.awaited':
      return used(signals, event.data.signalId);
    case 'run.resumed':
      return event.data.signalId === undefined ? signals : used(signals, event.data.signalId);
    default:
      return signals;
  }
}

function used({ waiting, used: before }: Signals, signalId: string): Signals {
  const now = waiting.filter((signal) => signal.signalId === signalId);
  return {
    waiting: waiting.filter((signal) => signal.signalId !== signalId),
    used: [...before, ...now].slice(-MAX_USED),
  };
}

/** The oldest signal of this name that was not used yet. */
export const waitingSignal = ({ waiting }: Signals, name: string | undefined): Signal | undefined =>
  waiting.find((signal) => signal.name === name);
