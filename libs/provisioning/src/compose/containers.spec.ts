import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ALLOCATOR, NODE_ARGUMENTS, nodeArguments } from '../instance/environment.ts';
import { SERVICE_NAMES } from '../instance/services.ts';
import { repositoryRoot } from '../repository.ts';

type Container = {
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly read_only?: boolean;
};
type Compose = {
  readonly services: Readonly<Record<string, Container>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

const compose = parse(readFileSync(join(repositoryRoot, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose;
const containers = Object.entries(compose.services);
const networksOf = ({ networks = [] }: Container): readonly string[] =>
  Array.isArray(networks) ? (networks as readonly string[]) : Object.keys(networks);
const onNetwork = (name: string): readonly string[] =>
  containers.filter(([, container]) => networksOf(container).includes(name)).map(([service]) => service);
const holding = (volume: string): readonly string[] =>
  containers
    .filter(([, { volumes = [] }]) => volumes.some((text) => text.startsWith(`${volume}:`)))
    .map(
      ([service, { volumes = [] }]) =>
        `${service}${volumes.find((text) => text.startsWith(`${volume}:`))?.endsWith(':ro') ? ' reads' : ''}`,
    );

describe('the containers', () => {
  it('put the witness where nobody but the ledger reaches it, and where it reaches nobody else', () => {
    expect(onNetwork('witness')).toEqual(['audit-ledger', 'witness', 'witness-list']);
    expect(networksOf(compose.services['witness'] ?? {})).toEqual(['witness']);
    expect(compose.networks['witness']).toEqual({ internal: true });
  });

  it('give the key and the memory of the witness to nobody else', () => {
    expect(holding('witness-state')).toEqual(['witness']);
  });

  it('give the witness nothing of the bus, of the database and of our secrets', () => {
    const { volumes = [], environment = {} } = compose.services['witness'] ?? {};
    expect(volumes.map((text) => text.split(':')[0])).toEqual(['witness-state', 'witness-trust']);
    expect(Object.keys(environment).filter((name) => /NATS|POSTGRES|PASSWORD/.test(name))).toEqual([]);
  });

  it('let only the trust be scripted by who sees the signer, and only the list be read by the ledger', () => {
    expect(holding('signer')).toEqual(['audit-ledger', 'witness-trust reads']);
    expect(holding('witness-trust')).toEqual(['witness-trust', 'witness reads']);
    expect(holding('witnesses')).toEqual(['audit-ledger reads', 'witness-list']);
  });

  it('run Node and its allocator as the launcher does', () => {
    const image = readFileSync(join(repositoryRoot, 'deploy', 'Dockerfile'), 'utf8');
    const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(image)?.[1] ?? '[]') as unknown;
    expect(entrypoint).toEqual(['node', ...NODE_ARGUMENTS]);
    for (const [name, value] of Object.entries(ALLOCATOR)) expect(image).toContain(`${name}=${value}`);
    for (const name of SERVICE_NAMES) {
      const own = nodeArguments(name).slice(NODE_ARGUMENTS.length);
      expect(compose.services[name]?.command).toEqual([...own, `services/${name}/dist/main.js`]);
    }
  });

  it('name every volume and network that they use', () => {
    for (const [, container] of containers) {
      for (const network of networksOf(container)) expect(compose.networks).toHaveProperty(network);
      for (const volume of container.volumes ?? []) expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
    }
  });
});
