import type { EgressProxyEvent, UnownedCode } from '@causeway/contracts';
import type { LedgerPort } from '@causeway/eventing';
import type { Log } from '@causeway/messaging';
import type { Edge } from '../edge.ts';

/** Attempts at a listener that are no run's: without a credential, with a wrong one, or in no form that a request has. */
export type UnownedAttempts = {
  readonly note: (code: UnownedCode) => void;
  /** Records what was noted and not yet recorded. */
  readonly close: () => Promise<void>;
};

type Parts = {
  readonly ledger: LedgerPort;
  readonly edge: Pick<Edge, 'now' | 'newUuid'>;
  readonly listener: string;
  readonly log: Log;
  /** At most one fact in this time, in ms; default 2,000. */
  readonly everyMs?: number;
};

/**
 * Records them by their codes, many in one fact: whoever has no credential must not be able to fill the ledger. While the ledger cannot be reached they
 * are counted on.
 */
export function unownedAttempts({ ledger, edge, listener, log, everyMs = 2_000 }: Parts): UnownedAttempts {
  const counts = new Map<UnownedCode, number>();
  let since = '';
  let timer: NodeJS.Timeout | undefined;

  function wait(): void {
    timer ??= setTimeout(() => void record(), everyMs).unref();
  }

  async function record(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (counts.size === 0) return;
    const noted = [...counts];
    const from = since;
    counts.clear();
    try {
      const data = { listener, counts: Object.fromEntries(noted), since: from, at: edge.now() };
      const event = { type: 'egress.refused', data } satisfies EgressProxyEvent;
      const stream = `listener_${listener}`;
      const actor = { kind: 'system' as const, id: 'egress-proxy' };
      const write = {
        stream,
        expected: 'any' as const,
        events: [{ id: edge.newUuid(), ...event, scope: stream, actor }],
      };
      await ledger.append({ appendId: edge.newUuid(), writes: [write] });
      log.info(data, "attempts at the forward proxy that are no run's");
    } catch (err) {
      log.warn({ err }, "attempts that are no run's could not be recorded yet");
      for (const [code, count] of noted) counts.set(code, count + (counts.get(code) ?? 0));
      since = from;
      wait();
    }
  }

  return {
    note: (code) => {
      if (counts.size === 0) since = edge.now();
      counts.set(code, 1 + (counts.get(code) ?? 0));
      wait();
    },
    close: record,
  };
}
