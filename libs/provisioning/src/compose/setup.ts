import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '../home.ts';
import { ensureOperatorKeys, LOCAL_OPERATORS, operatorKeyFile, type LocalOperator } from '../instance/operator-keys.ts';
import { SERVICES } from '../instance/services.ts';
import { writeNatsConfig } from '../nats/config.ts';
import { natsPassword, natsPasswordFile } from '../nats/users.ts';
import { OWNER, rolePassword, rolePasswordFile } from '../postgres/roles.ts';

/**
 * Makes the secrets of a compose deployment, once, and hands each container its own: one folder (a volume) per container, so that none can read
 * another's. `home` keeps all of them and is mounted only here and where the database's roles are made; `handout` is where the folders are.
 */
export function setUpCompose(home: string, handout: string): { readonly adminKey?: string } {
  const { secrets, operatorKeys, nats } = homePaths(home);
  writeNatsConfig(home, { address: '0.0.0.0', port: 4222, storeFolder: '/data' });
  for (const file of ['nats.conf', 'instance.conf', 'secrets.conf'])
    give(join(nats, file), join(handout, 'nats', file));
  rolePassword(secrets, OWNER);
  give(rolePasswordFile(secrets, OWNER), join(handout, 'postgres', 'admin.password'));
  for (const { name, role, ownerRole } of SERVICES) {
    natsPassword(home, name);
    give(natsPasswordFile(home, name), join(handout, name, 'nats.password'));
    for (const [file, of] of [
      ['postgres.password', role],
      ['postgres-owner.password', ownerRole],
    ] as const) {
      if (!of) continue;
      rolePassword(secrets, of);
      give(rolePasswordFile(secrets, of), join(handout, name, file));
    }
  }
  const adminKey = ensureOperatorKeys(home);
  give(operatorKeys, join(handout, 'gateway', 'operator-keys.json'));
  for (const id of Object.keys(LOCAL_OPERATORS) as LocalOperator[])
    give(operatorKeyFile(home, id), join(handout, 'operators', `${id}.key`));
  return adminKey === undefined ? {} : { adminKey };
}

/** Containers run as different users: within its volume a secret may be read by all, since only one container has the volume. */
function give(from: string, to: string): void {
  mkdirSync(join(to, '..'), { recursive: true });
  rmSync(to, { force: true });
  copyFileSync(from, to);
  chmodSync(to, 0o444);
}
