import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, writeWhole } from '../home.ts';
import { setupDigest } from '../process/launch.ts';
import { repositoryRoot } from '../repository.ts';
import { NATS_USERS, natsPassword, type NatsUser } from './users.ts';

export type NatsPlace = {
  readonly address: string;
  readonly port: number;
  /** NATS makes a folder `jetstream` inside it. */
  readonly storeFolder: string;
};

/** Values of the variables that deploy/nats/nats.conf takes from instance.conf. A JSON string is a valid NATS string. */
export function renderInstanceConf({ address, port, storeFolder }: NatsPlace): string {
  return [
    `listen_address: ${JSON.stringify(address)}`,
    `listen_port: ${port}`,
    `jetstream_dir: ${JSON.stringify(storeFolder)}`,
    'jetstream_max_memory: 256MB',
    'jetstream_max_file: 20GB',
    '',
  ].join('\n');
}

/** The passwords as NATS variables, one per user. */
export function renderSecretsConf(passwordOf: (user: NatsUser) => string): string {
  return NATS_USERS.map((user) => `${user.replaceAll('-', '_')}_password: ${JSON.stringify(passwordOf(user))}\n`).join(
    '',
  );
}

/** Writes nats.conf and the two files it includes into `nats/`. Returns the path of nats.conf and a digest of all three. */
export function writeNatsConfig(home: string, place: NatsPlace): { readonly path: string; readonly setup: string } {
  const folder = homePaths(home).nats;
  const files = {
    'nats.conf': readFileSync(join(repositoryRoot, 'deploy', 'nats', 'nats.conf'), 'utf8'),
    'instance.conf': renderInstanceConf(place),
    'secrets.conf': renderSecretsConf((user) => natsPassword(home, user)),
  };
  for (const [name, content] of Object.entries(files)) writeWhole(join(folder, name), content, 0o600);
  return { path: join(folder, 'nats.conf'), setup: setupDigest(files) };
}
