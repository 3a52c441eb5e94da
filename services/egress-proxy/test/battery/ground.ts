import { createPolicy, type Policy } from '@causeway/policy';
import { dial, type Dial } from '../../src/fetch/dial.ts';
import { FetchStopped, stop } from '../../src/fetch/fetch-stop.ts';
import { dnsResolve, type Resolve } from '../../src/fetch/resolve.ts';
import { policyFor } from '../calls.ts';
import { destination, type Destination } from '../destination.ts';
import { selfSigned } from '../intercepted.features.ts';
import { nameServer, type NameServer } from '../name-server.ts';
import { COMPANION, PATHS_HOST } from './sets.ts';

/** Where attempts are made: allowed sites, hostile DNS, and a network in which every other address leads to a canary. */
export type Ground = {
  readonly policy: Policy;
  readonly resolve: Resolve;
  /** What DNS says while a tunnel is asked for: names that are said to have something have a public address until it stands. */
  readonly resolveFirst: Resolve;
  readonly dial: Dial;
  readonly siteUrl: string;
  /** Host and port of each site that is allowed; the first is that of `siteUrl`. */
  readonly sites: readonly string[];
  /** The certificates of the sites, where they speak TLS. */
  readonly authorities: readonly string[];
  /** Hosts that a site was asked for besides its own: there must be none. */
  readonly strays: () => readonly string[];
  /** Connections that came to the canary: there must be none. */
  readonly canaryHits: () => number;
  /** What was dialled besides the sites, taken out. The addresses that may be reached are not connected, all others lead to the canary. */
  readonly takeReached: () => readonly string[];
  /** What the name is said to have from now on; without it every name leads to this machine. */
  readonly say: (host: string, addresses: readonly string[]) => void;
  readonly close: () => Promise<void>;
};

/** Whether tunnels are carried on as they are, or looked into: the sites then speak TLS, and what the lists of paths are for is one of them. */
export type Tunnels = 'relayed' | 'looked into';

const EVERY_PORT = Array.from({ length: 65_535 }, (_, n) => n + 1);

/** @param mayBeReached addresses that are truly public, and named by the test with the reason */
export async function ground(mayBeReached: ReadonlySet<string>, tunnels: Tunnels = 'relayed'): Promise<Ground> {
  const canary = await destination((_request, response) => response.end('inside'));
  const sites: Sites = tunnels === 'relayed' ? [await plainSite()] : await sitesWithTls();
  const said = new Map<string, readonly string[]>();
  const names = await nameServer((name) => ({ addresses: said.get(name) ?? ['127.0.0.1', '::1'] }));
  const reached: string[] = [];
  const resolve = dnsResolve([names.server]);
  return {
    policy: openPolicy(sites, tunnels),
    resolve,
    resolveFirst: async (host, signal) => (said.has(host) ? [COMPANION] : resolve(host, signal)),
    dial: gate({ canary, sites, mayBeReached, reached }),
    siteUrl: `${tunnels === 'relayed' ? 'http' : 'https'}://${authorityOf(sites[0])}`,
    sites: sites.map(authorityOf),
    authorities: sites.flatMap(({ certificate = [] }) => certificate),
    strays: () => sites.flatMap(straysOf),
    canaryHits: canary.connections,
    takeReached: () => reached.splice(0),
    say: (host, addresses) => void said.set(host, addresses),
    close: () => closeAll([canary, names, ...sites.map(({ server }) => server)]),
  };
}

type Site = {
  readonly host: string;
  /** As it is asked for; `server` has one of its own. */
  readonly port: number;
  readonly server: Destination;
  readonly certificate?: string;
};
type Sites = readonly [Site, ...Site[]];
type Respond = Parameters<typeof destination>[0];

const SITE_HOST = 'site.internal';

/** Sends whoever asks wherever the question says. */
const redirecting: Respond = ({ target }, response) => {
  const to = new URLSearchParams(target.split('?')[1]).get('to');
  if (to !== null) response.writeHead(302, { location: Buffer.from(to, 'base64url').toString('latin1') });
  response.end('site');
};
const answering: Respond = (_request, response) => void response.end('site');

async function plainSite(): Promise<Site> {
  const server = await destination(redirecting);
  return { host: SITE_HOST, port: server.port, server };
}

async function sitesWithTls(): Promise<Sites> {
  const withTls = async (host: string, respond: Respond): Promise<Omit<Site, 'port'>> => {
    const identity = selfSigned(host);
    return { host, certificate: identity.cert, server: await destination(respond, identity) };
  };
  const site = await withTls(SITE_HOST, redirecting);
  return [
    { ...site, port: site.server.port },
    { ...(await withTls(PATHS_HOST, answering)), port: 443 },
  ];
}

const authorityOf = ({ host, port }: Site): string => `${host}:${port}`;
const straysOf = ({ host, server }: Site): readonly string[] =>
  server.seen.map(({ headers }) => headers.host ?? '').filter((asked) => asked.replace(/:\d+$/, '') !== host);

const ALLOW_EVERY_WAY =
  '@id("all") permit (principal, action in [Action::"network.http-fetch", Action::"network.forward", Action::"network.tunnel"], resource);\n';

/** Rules that allow everything, so that nothing but the guards stands in the way. */
function openPolicy(sites: Sites, tunnels: Tunnels): Policy {
  const policy = policyFor({
    ports: Object.fromEntries(sites.map(({ host, port }) => [host, port])),
    rules: ALLOW_EVERY_WAY,
    egress: {
      ...{ maxRedirects: 2, timeoutMs: 60_000, maxWildcardNames: 1_024 },
      intercept: tunnels === 'looked into' ? ['*'] : [],
    },
  });
  const pack = { ...policy.pack, egress: { ...policy.pack.egress, ports: EVERY_PORT, tunnelPorts: EVERY_PORT } };
  return { ...createPolicy(pack), ref: policy.ref };
}

type Network = {
  readonly canary: Destination;
  readonly sites: Sites;
  readonly mayBeReached: ReadonlySet<string>;
  readonly reached: string[];
};

const gate =
  ({ canary, sites, mayBeReached, reached }: Network): Dial =>
  (target) => {
    const site = sites.find(({ host, port }) => target.host === host && target.port === port);
    if (site && target.ip === '127.0.0.1') return dial({ ...target, port: site.server.port });
    reached.push(target.ip);
    if (!mayBeReached.has(target.ip)) return dial({ ...target, ip: '127.0.0.1', port: canary.port });
    return Promise.reject(new FetchStopped(stop('UPSTREAM_UNREACHABLE', 'connect', 'not connected in a test')));
  };

async function closeAll(all: readonly (Destination | NameServer)[]): Promise<void> {
  await Promise.all(all.map((one) => one.close()));
}
