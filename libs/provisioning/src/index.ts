export { defaultHome, repositoryRoot } from './repository.ts';
export { homePaths } from './home.ts';
export { ProvisioningError, reasonOf } from './provisioning-error.ts';
export { silent, type Log } from './log.ts';
export { NATS_USERS, natsPassword, natsPasswordFile, type NatsUser } from './nats/users.ts';
export { provisionNats, stopNats, type NatsServer, type ProvisionOptions } from './nats/provision-nats.ts';
export { provisionPostgres, stopPostgres, type PostgresServer } from './postgres/provision-postgres.ts';
export { DATABASE_ROLES, rolePassword, rolePasswordFile, type DatabaseRole } from './postgres/roles.ts';
export {
  databaseAccess,
  ensureDatabase,
  type Database,
  type DatabaseRequest,
  type RoleAccess,
} from './postgres/ensure-database.ts';
export { choosePort, knownPorts, spreadPorts, type PortName, type Ports } from './ports.ts';
export { withLock } from './process/lock.ts';
export { run, type RunOptions } from './process/run.ts';
export { terminate, type Termination } from './process/terminate.ts';
export { logPath } from './process/launch.ts';
export { lastLines } from './process/log-tail.ts';
export { instanceAccess, startInstance, type Instance, type InstanceOptions } from './instance/start.ts';
export { restoreArchive, type RestoredArchive } from './instance/ledger-program.ts';
export { importLedger, type ImportedLedger, type LedgerImport } from './instance/ledger-import.ts';
export { stopInstance } from './instance/stop.ts';
export { instanceStatus, type ProcessStatus } from './instance/status.ts';
export { buildServices } from './instance/build.ts';
export { ALLOCATOR, nodeArguments } from './instance/environment.ts';
export { readyStatus, waitReady } from './instance/ready.ts';
export {
  killService,
  startService,
  stopService,
  type ServiceOptions,
  type ServiceOverrides,
} from './instance/service-process.ts';
export {
  isProcessName,
  isServiceName,
  PROCESS_NAMES,
  SERVICE_NAMES,
  type ProcessName,
  type ServiceName,
} from './instance/services.ts';
export { renewWitnessTrust, startWitness, trustPublishedKeys, witnessUrl } from './witness/witness-process.ts';
export { witnessPaths } from './witness/trust.ts';
export {
  addOperatorKey,
  operatorKeyFile,
  operatorKeys,
  OPERATOR_ROLES,
  removeOperatorKey,
  type LocalOperator,
  type OperatorKey,
  type OperatorRole,
} from './instance/operator-keys.ts';
export { findCommand } from './sources/command-path.ts';
export { canInstallSystemPackages, installSystemPackage } from './sources/system-packages.ts';
