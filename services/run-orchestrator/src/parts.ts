import type { LedgerPort } from '@causeway/eventing';
import type { Bus, Log } from '@causeway/messaging';
import type { Registry } from './capabilities/registry.ts';
import type { Edge } from './edge.ts';
import type { Handlers } from './handlers.ts';
import type { Policies } from './policies/policies.ts';

/** What the rooms of this service share; built once, in app.module.ts. */
export type Parts = {
  readonly handlers: Handlers;
  readonly ledger: LedgerPort;
  readonly bus: Bus;
  readonly policies: Policies;
  /** What steps can name. */
  readonly capabilities: Registry;
  readonly edge: Edge;
  /** Name of this process: a restarted one recognises its own unfinished steps by it. */
  readonly executor: string;
  readonly log: Log;
};
