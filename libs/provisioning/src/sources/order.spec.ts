import { natsSources } from '../nats/nats-sources.ts';
import { postgresSources } from '../postgres/postgres-sources.ts';

const names = (sources: readonly { readonly name: string }[]): string[] => sources.map(({ name }) => name);

describe('the order in which infrastructure is looked for', () => {
  it('is installed binaries, packaged binaries, system packages, containers for Postgres', () => {
    expect(names(postgresSources('/nowhere', () => undefined))).toEqual([
      'postgres on PATH or in /usr/lib/postgresql',
      'packaged binaries (npm)',
      'system packages (apt-get as root)',
      'container engine (docker, podman)',
    ]);
  });

  it('is the same for NATS, which no npm package carries', () => {
    expect(names(natsSources(() => undefined))).toEqual([
      'nats-server on PATH',
      'system packages (apt-get as root)',
      'container engine (docker, podman)',
    ]);
  });
});
