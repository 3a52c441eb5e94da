import { createPolicy, type Policy } from '@causeway/policy';
import { dial, type Dial } from '../../src/fetch/dial.ts';
import { FetchStopped, stop } from '../../src/fetch/fetch-stop.ts';
import { dnsResolve, type Resolve } from '../../src/fetch/resolve.ts';
import { policyFor } from '../calls.ts';
import { destination, type Destination } from '../destination.ts';
import { nameServer, type NameServer } from '../name-server.ts';

/** Where attempts are made: one allowed site, hostile DNS, and a network in which every other address leads to a canary. */
export type Ground = {
  readonly policy: Policy;
  readonly resolve: Resolve;
  readonly dial: Dial;
  readonly siteUrl: string;
  /** Connections that came to the canary: there must be none. */
  readonly canaryHits: () => number;
  /** What was dialled besides the site, taken out. The addresses that may be reached are not connected, all others lead to the canary. */
  readonly takeReached: () => readonly string[];
  /** What the name is said to have from now on; without it every name leads to this machine. */
  readonly say: (host: string, addresses: readonly string[]) => void;
  readonly close: () => Promise<void>;
};

const EVERY_PORT = Array.from({ length: 65_535 }, (_, n) => n + 1);

/** @param mayBeReached addresses that are truly public, and named by the test with the reason */
export async function ground(mayBeReached: ReadonlySet<string>): Promise<Ground> {
  const canary = await destination((_request, response) => response.end('inside'));
  const site = await destination(({ target }, response) => {
    const to = new URLSearchParams(target.split('?')[1]).get('to');
    if (to !== null) response.writeHead(302, { location: Buffer.from(to, 'base64url').toString('latin1') });
    response.end('site');
  });
  const said = new Map<string, readonly string[]>();
  const names = await nameServer((name) => ({ addresses: said.get(name) ?? ['127.0.0.1', '::1'] }));
  const reached: string[] = [];
  return {
    policy: openPolicy(site.port),
    resolve: dnsResolve([names.server]),
    dial: gate({ canary, site, mayBeReached, reached }),
    siteUrl: `http://site.internal:${site.port}`,
    canaryHits: canary.connections,
    takeReached: () => reached.splice(0),
    say: (host, addresses) => void said.set(host, addresses),
    close: () => closeAll([canary, site, names]),
  };
}

const ALLOW_EVERY_WAY =
  '@id("all") permit (principal, action in [Action::"network.http-fetch", Action::"network.forward", Action::"network.tunnel"], resource);\n';

/** Rules that allow everything, so that nothing but the guards stands in the way. */
function openPolicy(port: number): Policy {
  const policy = policyFor({
    ports: { 'site.internal': port },
    rules: ALLOW_EVERY_WAY,
    egress: { maxRedirects: 2, timeoutMs: 60_000, maxWildcardNames: 1_024 },
  });
  const pack = { ...policy.pack, egress: { ...policy.pack.egress, ports: EVERY_PORT, tunnelPorts: EVERY_PORT } };
  return { ...createPolicy(pack), ref: policy.ref };
}

type Network = {
  readonly canary: Destination;
  readonly site: Destination;
  readonly mayBeReached: ReadonlySet<string>;
  readonly reached: string[];
};

const gate =
  ({ canary, site, mayBeReached, reached }: Network): Dial =>
  (target) => {
    if (target.host === 'site.internal' && target.ip === '127.0.0.1' && target.port === site.port) return dial(target);
    reached.push(target.ip);
    if (!mayBeReached.has(target.ip)) return dial({ ...target, ip: '127.0.0.1', port: canary.port });
    return Promise.reject(new FetchStopped(stop('UPSTREAM_UNREACHABLE', 'connect', 'not connected in a test')));
  };

async function closeAll(all: readonly (Destination | NameServer)[]): Promise<void> {
  await Promise.all(all.map((one) => one.close()));
}
