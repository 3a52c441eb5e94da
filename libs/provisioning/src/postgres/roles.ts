import { join } from 'node:path';
import { secretIn } from '../secrets.ts';

/** Superuser of a Postgres that we run; services never use it. */
export const OWNER = 'causeway_owner';

/** The login roles of deploy/postgres/roles.sql. */
export const DATABASE_ROLES = ['audit_ledger_owner', 'audit_ledger', 'run_orchestrator', 'resource_store'] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

const fileName = (role: string): string => `postgres-${role}.password`;

/** File that holds a role's password and nothing else. */
export function rolePasswordFile(secretsDir: string, role: DatabaseRole | typeof OWNER): string {
  return join(secretsDir, fileName(role));
}

/** A role's password; made the first time it is asked for. */
export function rolePassword(secretsDir: string, role: DatabaseRole | typeof OWNER): string {
  return secretIn(secretsDir, fileName(role));
}
