import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.ts';
import { renderInstanceConf, renderSecretsConf } from './config.ts';
import { isNewEnough } from './nats-sources.ts';
import { NATS_USERS } from './users.ts';

const natsConf = readFileSync(join(repositoryRoot, 'deploy', 'nats', 'nats.conf'), 'utf8');

describe('the configuration of NATS', () => {
  it('has exactly our users', () => {
    const users = [...natsConf.matchAll(/^ +user: (\S+)$/gm)].map(([, user]) => user);
    expect(users).toEqual([...NATS_USERS]);
  });

  it('takes every value it leaves open from the two files that are written', () => {
    const written =
      renderInstanceConf({ address: '127.0.0.1', port: 1, storeFolder: '/x' }) + renderSecretsConf(() => 'p');
    const given = [...written.matchAll(/^(\w+): /gm)].map(([, name]) => name);
    const wanted = [...natsConf.matchAll(/^[^#"\n]*: \$(\w+)$/gm)].map(([, name]) => name);
    expect([...wanted].sort()).toEqual([...given].sort());
  });

  it('quotes what a path or a password may contain', () => {
    expect(renderInstanceConf({ address: '::1', port: 4222, storeFolder: '/my "data"' })).toContain(
      'jetstream_dir: "/my \\"data\\""',
    );
    expect(renderSecretsConf((user) => `1k${user}`)).toContain('run_orchestrator_password: "1krun-orchestrator"\n');
  });

  it('works from version 2.9 on', () => {
    expect(['2.8.4', '2.9.10', '2.12.0', '3.0.0', ''].map(isNewEnough)).toEqual([false, true, true, true, false]);
  });
});
