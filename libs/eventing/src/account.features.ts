import { randomUUID } from 'node:crypto';
import { aggregateHandler, type AggregateOptions } from './aggregate-handler.ts';
import { accept, refuse, type Decider } from './decider.ts';
import type { AppendRequest, LedgerPort } from './ledger-port.ts';
import { memoryLedger } from './memory-ledger.ts';

/** An account that never goes below zero; closing writes to a second stream too. */
export type Account = { readonly balance: number; readonly closed: boolean };
export type Command =
  | { readonly type: 'add'; readonly amount: number }
  | { readonly type: 'take'; readonly amount: number }
  | { readonly type: 'close'; readonly archive: string }
  | { readonly type: 'fail' };
export type AccountEvent =
  | { readonly type: 'account.added'; readonly data: { readonly amount: number } }
  | { readonly type: 'account.taken'; readonly data: { readonly amount: number } }
  | { readonly type: 'account.closed'; readonly data: Record<string, never> };
export type Rejection = { readonly code: 'TOO_LITTLE'; readonly balance: number };

export const accountDecider: Decider<Account, Command, AccountEvent, Rejection> = {
  initialState: () => ({ balance: 0, closed: false }),
  decide: (command, { balance, closed }) => {
    switch (command.type) {
      case 'add':
        return accept({ type: 'account.added', data: { amount: command.amount } });
      case 'take':
        if (command.amount > balance) return refuse({ code: 'TOO_LITTLE', balance });
        return accept({ type: 'account.taken', data: { amount: command.amount } });
      case 'close': {
        if (closed) return accept();
        const event = { type: 'account.closed' as const, data: {} };
        return { ...accept(event), also: [{ stream: command.archive, expected: 'none', events: [event] }] };
      }
      case 'fail':
        throw new Error('a fault in the decider');
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'account.added':
        return { ...state, balance: state.balance + event.data.amount };
      case 'account.taken':
        return { ...state, balance: state.balance - event.data.amount };
      case 'account.closed':
        return { ...state, closed: true };
    }
  },
};

export const META = { actor: { kind: 'agent', id: 'researcher' }, correlationId: 'run_1' } as const;
export const add = (amount: number): Command => ({ type: 'add', amount });
export const take = (amount: number): Command => ({ type: 'take', amount });

export function handlerOn(
  ledger: LedgerPort,
  given: Partial<AggregateOptions<Account, Command, AccountEvent, Rejection>> = {},
) {
  const handler = aggregateHandler({ decider: accountDecider, ledger, newUuid: randomUUID, ...given });
  const { load, forget } = handler;
  return { handle: (command: Command, id = 'a') => handler.handle(id, command, META), load, forget };
}
/** A ledger that notes what it is asked for. */
export function observed(ledger = memoryLedger()) {
  const appends: AppendRequest[] = [];
  const reads: string[] = [];
  const port: LedgerPort = {
    readAll: ledger.readAll,
    append: (request) => {
      appends.push(request);
      return ledger.append(request);
    },
    readStream: (stream, fromVersion) => {
      reads.push(`${stream}@${fromVersion}`);
      return ledger.readStream(stream, fromVersion);
    },
  };
  return { ledger, port, appends, reads };
}
export const balanceIn = (ledger: { events: readonly { type: string; data: unknown }[] }) =>
  (ledger.events as readonly AccountEvent[]).reduce(accountDecider.evolve, accountDecider.initialState()).balance;
