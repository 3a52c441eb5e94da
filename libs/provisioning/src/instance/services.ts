import type { DatabaseRole } from '../postgres/roles.ts';

/** The services of an instance, in the order they are started: all need the ledger, and the gateway speaks for the rest. */
export const SERVICE_NAMES = ['audit-ledger', 'run-orchestrator', 'egress-proxy', 'resource-store', 'gateway'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** What is a process of an instance besides NATS and Postgres: the services, and the witness, which is none of them. */
export const PROCESS_NAMES = [...SERVICE_NAMES, 'witness'] as const;
export type ProcessName = (typeof PROCESS_NAMES)[number];

export type Service = {
  readonly name: ServiceName;
  /** The role it runs as in its own schema; none when it has no database. */
  readonly role?: DatabaseRole;
  /** The role that owns its tables and migrates them, when that is another one. */
  readonly ownerRole?: DatabaseRole;
  /** Started in this order; services of one stage start together. */
  readonly stage: 1 | 2;
};

export const SERVICES: readonly Service[] = [
  { name: 'audit-ledger', stage: 1, role: 'audit_ledger', ownerRole: 'audit_ledger_owner' },
  { name: 'run-orchestrator', stage: 2, role: 'run_orchestrator' },
  { name: 'egress-proxy', stage: 2 },
  { name: 'resource-store', stage: 2, role: 'resource_store' },
  { name: 'gateway', stage: 2 },
];

export function isServiceName(name: string): name is ServiceName {
  return (SERVICE_NAMES as readonly string[]).includes(name);
}

export function isProcessName(name: string): name is ProcessName {
  return (PROCESS_NAMES as readonly string[]).includes(name);
}

export function serviceNamed(name: ServiceName): Service {
  const service = SERVICES.find((candidate) => candidate.name === name);
  if (!service) throw new Error(`there is no service ${name}`);
  return service;
}
