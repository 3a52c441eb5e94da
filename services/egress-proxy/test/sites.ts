import { createHash } from 'node:crypto';
import type { Recorded } from '@causeway/eventing';
import type { FetchAnswer, FetchCall } from '../src/fetch/fetch-calls.ts';
import { world, type World, type WorldOptions } from './calls.ts';
import { destination, rawDestination, type Destination } from './destination.ts';

const open: Destination[] = [];

export async function serve(...args: Parameters<typeof destination>): Promise<Destination> {
  const server = await destination(...args);
  open.push(server);
  return server;
}

export async function serveRaw(...args: Parameters<typeof rawDestination>): Promise<Destination> {
  const server = await rawDestination(...args);
  open.push(server);
  return server;
}

/** Closes every server of the test: for `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((server) => server.close()));
}

/** One site, and a world that may reach it. */
export async function site(respond: Parameters<typeof destination>[0], options: WorldOptions = {}) {
  const server = await serve(respond);
  const url = `http://site.internal:${server.port}`;
  const made = world({ ...options, ports: { 'site.internal': server.port, ...options.ports } });
  return { server, url, ...made, world: made };
}

export const factOf = async ({ ledger }: World, { grant }: FetchCall): Promise<Recorded | undefined> =>
  (await ledger.readStream(grant.callId, 1))[0];
export const codeOf = (answer: FetchAnswer): string => (answer.ok ? 'ok' : answer.rejection.code);
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
