import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ALLOCATOR, NODE_ARGUMENTS, nodeArguments } from '../instance/environment.ts';
import { SERVICE_NAMES } from '../instance/services.ts';
import { repositoryRoot } from '../repository.ts';

type Container = {
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address?: string }>>;
  readonly ports?: readonly string[];
  readonly dns?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly read_only?: boolean;
};
type Compose = {
  readonly services: Readonly<Record<string, Container>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean; readonly ipam?: object }>>;
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
  it('put agents where they reach the gateway and the forward proxy, and nothing else', () => {
    expect(onNetwork('agents')).toEqual(['egress-proxy', 'gateway', 'demo-agent', 'demo-story']);
    expect(compose.networks['agents']?.internal).toBe(true);
    expect(
      containers.filter(([, { ports = [] }]) => ports.length > 0).map(([name, { ports }]) => [name, ports]),
    ).toEqual([['gateway', ['127.0.0.1:4700:8080']]]);
  });

  it('let egress-proxy listen to agents at one address and port, and to nobody on its other networks', () => {
    const { networks = {}, environment = {} } = compose.services['egress-proxy'] ?? {};
    const { CAUSEWAY_HTTP_HOST: health, CAUSEWAY_PROXY_HOST: proxy, CAUSEWAY_PROXY_PORT: port } = environment;
    expect((networks as Readonly<Record<string, { ipv4_address?: string }>>)['agents']).toEqual({
      ipv4_address: proxy,
    });
    expect(compose.networks['agents']?.ipam).toEqual({ config: [{ subnet: '172.31.251.0/24' }] });
    expect([health, proxy, port]).toEqual(['127.0.0.1', '172.31.251.10', '4716']);
    expect(compose.services['demo-agent']?.environment?.['CAUSEWAY_FORWARD_PROXY']).toBe(`egress-proxy:${port}`);
  });

  it('put egress-proxy alone where there is a way out, and let nobody among agents ask for names outside', () => {
    expect(onNetwork('outside')).toEqual(['egress-proxy']);
    const among = containers.filter(([, container]) => networksOf(container).join() === 'agents');
    expect(among.map(([name, { dns }]) => [name, dns])).toEqual([
      ['demo-agent', ['192.0.2.1']],
      ['demo-story', ['192.0.2.1']],
    ]);
  });

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
