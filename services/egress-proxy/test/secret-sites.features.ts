import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { systemEdge } from '../src/edge.ts';
import { world, type World, type WorldOptions } from './calls.ts';
import type { destination, Destination } from './destination.ts';
import { selfSigned } from '@causeway/testing';
import { serve } from './sites.ts';

type Respond = Parameters<typeof destination>[0];
type Site = Destination & { readonly url: string };

const folders: string[] = [];

/** A folder of mounted secrets, one file for each, readable by its owner alone. */
export function mounted(values: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  folders.push(folder);
  for (const [name, value] of Object.entries(values)) mount(folder, name, value);
  return folder;
}

export function mount(folder: string, name: string, value: string, mode = 0o400): void {
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, name), { force: true });
  writeFileSync(join(folder, name), value);
  chmodSync(join(folder, name), mode);
}

/** Removes every folder of the test: for `afterEach`. */
export function unmountAll(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A secret of a pack, for a site that answers at this host. */
export const reference = (host: string, port: number, more: object = {}): object => ({
  ...{ name: 'crm', as: 'bearer' },
  destination: { scheme: 'https', host, port, methods: ['GET', 'POST'], pathPrefix: '/v1' },
  ...more,
});

export const SECRET_RULE =
  '@id("with") @secret("crm") permit (principal, action == Action::"network.http-fetch", resource)\n' +
  'when { resource.host == "site.internal" };\n';
export const PLAIN_RULE =
  '@id("without") permit (principal, action == Action::"network.http-fetch", resource)\n' +
  'when { resource.host != "site.internal" };\n';

export type SecretWorld = World & {
  /** The sites by host: https on this machine, each with a certificate of its own. */
  readonly sites: Readonly<Record<string, Site>>;
  readonly folder: string;
  readonly setNow: (elapsedMs: number) => void;
};

export type SecretWorldOptions = Omit<WorldOptions, 'secrets'> & {
  readonly sites: Readonly<Record<string, Respond>>;
  readonly values?: Readonly<Record<string, string>>;
  /** Of the one secret, besides what {@link reference} says; it may know the ports. */
  readonly secret?: (ports: Readonly<Record<string, number>>) => object;
  /** In place of the one secret. */
  readonly secretsAt?: (ports: Readonly<Record<string, number>>) => readonly object[];
  readonly modelsAt?: (ports: Readonly<Record<string, number>>) => readonly object[];
};

/** Sites behind TLS, one secret bound to site.internal, and egress-proxy without the bus. */
export async function secretWorld(options: SecretWorldOptions): Promise<SecretWorld> {
  const { sites: responds, values = { crm: VALUE }, secret = () => ({}), modelsAt = () => [], ...others } = options;
  const one = (at: Readonly<Record<string, number>>) => [reference('site.internal', at['site.internal']!, secret(at))];
  const { secretsAt = one, ...rest } = others;
  const identities = Object.keys(responds).map((host) => [host, selfSigned(host)] as const);
  const sites: Record<string, Site> = {};
  for (const [host, identity] of identities) {
    const server = await serve(responds[host]!, identity);
    sites[host] = { ...server, url: `https://${host}:${server.port}` };
  }
  const ports = Object.fromEntries(Object.entries(sites).map(([host, { port }]) => [host, port]));
  const folder = options.secretsDir ?? mounted(values);
  let ahead = 0;
  const made = world({
    ...{ ports, rules: SECRET_RULE + PLAIN_RULE, secretsDir: folder },
    authorities: [...rootCertificates, ...identities.map(([, { cert }]) => cert)],
    ...{ secrets: secretsAt(ports), models: modelsAt(ports) },
    edge: { ...systemEdge, elapsedMs: () => systemEdge.elapsedMs() + ahead },
    ...rest,
  });
  await made.secrets.open();
  return { ...made, sites, folder, setNow: (elapsedMs) => void (ahead = elapsedMs) };
}

export const VALUE = 'correct-horse-battery-staple';
