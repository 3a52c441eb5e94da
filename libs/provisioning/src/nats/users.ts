import { join } from 'node:path';
import { homePaths } from '../home.ts';
import { secretIn } from '../secrets.ts';

/** The users of the bus, one per service, and `sre` for people and tools that only watch; what each may do is in deploy/nats/nats.conf. */
export const NATS_USERS = [
  'gateway',
  'run-orchestrator',
  'egress-proxy',
  'resource-store',
  'audit-ledger',
  'sre',
] as const;
export type NatsUser = (typeof NATS_USERS)[number];

const fileName = (user: NatsUser): string => `nats-${user}.password`;

/** File that holds a user's password and nothing else. */
export function natsPasswordFile(home: string, user: NatsUser): string {
  return join(homePaths(home).secrets, fileName(user));
}

/** A user's password; made the first time it is asked for. */
export function natsPassword(home: string, user: NatsUser): string {
  return secretIn(homePaths(home).secrets, fileName(user));
}
