import { natsContainerArgs } from '../nats/provision-nats.ts';
import { postgresContainerArgs } from '../postgres/cluster.ts';

const valuesOf = (args: readonly string[], option: string): (string | undefined)[] =>
  args.flatMap((arg, index) => (arg === option ? [args[index + 1]] : []));

describe('infrastructure in containers', () => {
  const place = { name: 'causeway-0a-nats', home: '/clone/.causeway', port: 4701 };
  const nats = natsContainerArgs({ command: '/usr/bin/docker', kind: 'docker' }, place);
  const postgres = postgresContainerArgs({
    name: 'causeway-0a-postgres',
    port: 4702,
    passwordFile: '/s/owner.password',
  });

  it('can be reached from this machine only', () => {
    expect(valuesOf(nats, '--publish')).toEqual(['127.0.0.1:4701:4222']);
    expect(valuesOf(postgres, '--publish')).toEqual(['127.0.0.1:4702:5432']);
  });

  it('ends with the process that runs it', () => {
    for (const args of [nats, postgres]) {
      expect(args).toContain('--rm');
      expect(args).not.toContain('--detach');
    }
  });

  it('gets passwords as files, never on its command line or in its environment', () => {
    expect(valuesOf(postgres, '--volume')).toContain('/s/owner.password:/run/secrets/owner.password:ro');
    expect(valuesOf(postgres, '--env')).toContain('POSTGRES_PASSWORD_FILE=/run/secrets/owner.password');
    expect(valuesOf(postgres, '--env').some((variable) => variable?.startsWith('POSTGRES_PASSWORD='))).toBe(false);
  });

  it('keeps the files of NATS ours under podman, too', () => {
    const podman = natsContainerArgs({ command: '/usr/bin/podman', kind: 'podman' }, place);
    expect([valuesOf(nats, '--userns'), valuesOf(podman, '--userns')]).toEqual([[], ['keep-id']]);
  });
});
