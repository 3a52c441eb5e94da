import { Pool } from 'undici';
import type { WindowedRow } from '../contestant.ts';
import { measureGroups, type Group, type Offered } from '../groups.ts';
import { clockOf, withOwn } from '../instance-processes.ts';
import { measure } from '../load.ts';
import { processorTimeOf } from '../processor-time.ts';
import { agents } from '../runs/agents.ts';
import { runSlots } from '../runs/run-slots.ts';
import { credentialOf, type EgressPlace } from './egress-place.ts';
import type { Extent } from './options.ts';
import { PAGES_HOST } from './pack.ts';
import { SQUID, startSquid } from './peers/squid.ts';
import { BARE_PROXY, DIRECT, startBareProxy, type ProxyProcess } from './proxies.ts';

export const OURS = 'ours';
export const OURS_FORWARD = 'ours, through the forward proxy';
export const STEP_WITHOUT_FETCH = 'ours, a step that fetches nothing';

export type EgressCompare = {
  readonly place: EgressPlace;
  readonly extent: Extent;
  /** Where Squid is; undefined where it is not. */
  readonly squid: string | undefined;
  /** Only these rows, see {@link measureGroups}. */
  readonly rows?: string;
  readonly log: (line: string) => void;
};

const MOST_CONNECTIONS = 1_024;

/** One page of 1 KiB, fetched by everybody in turns: by ours with the intent sealed before and the fact after. */
export function fetches({ place, extent, squid, rows = '', log }: EgressCompare): Promise<readonly WindowedRow[]> {
  const { loads } = extent;
  const groups: readonly Offered[] = [
    { name: DIRECT, loads, start: async () => direct(place) },
    { name: BARE_PROXY, loads, start: async () => throughProxy(BARE_PROXY, place, await startBareProxy()) },
    ...(squid === undefined
      ? []
      : [{ name: SQUID, loads, start: async () => throughProxy(SQUID, place, await startSquid(squid)) }]),
    { name: OURS, loads, start: () => steps(OURS, place, extent.runs) },
    { name: OURS_FORWARD, loads, start: () => forwarded(place, extent.runs) },
    { name: STEP_WITHOUT_FETCH, loads, start: () => steps(STEP_WITHOUT_FETCH, place, extent.runs) },
  ];
  return measureGroups(groups, { extent, rows, floor: BARE_PROXY, log });
}

/** Reads a page to its end. Throws when it is not there. */
async function read(pool: Pool, path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`the answer was ${statusCode}: ${text.slice(0, 400)}`);
}

const poolOf = (port: number): Pool =>
  new Pool(`http://127.0.0.1:${port}`, { connections: MOST_CONNECTIONS, pipelining: 1 });

function direct({ site }: EgressPlace): Group {
  const pool = poolOf(site.pages);
  const processorTime = async () => withOwn(processorTimeOf({ load: [] }));
  return {
    at: (inFlight) => ({
      ...{ name: DIRECT, inFlight, processorTime },
      measure: (load) => measure(load, () => read(pool, '/page', {})),
    }),
    close: () => pool.close(),
  };
}

function throughProxy(name: string, { site }: EgressPlace, proxy: ProxyProcess): Group {
  const pool = poolOf(proxy.port);
  const host = `127.0.0.1:${site.pages}`;
  const processorTime = async () => withOwn(processorTimeOf({ proxy: [proxy.pid], load: [] }));
  return {
    at: (inFlight) => ({
      ...{ name, inFlight, processorTime },
      measure: (load) => measure(load, () => read(pool, `http://${host}/page`, { host })),
    }),
    close: async () => {
      await pool.close();
      await proxy.stop();
    },
  };
}

const services = ['gateway', 'run-orchestrator', 'audit-ledger', 'egress-proxy'] as const;

async function steps(name: string, { instance, site }: EgressPlace, runs: number): Promise<Group> {
  const input = { url: `http://${PAGES_HOST}:${site.pages}/page` };
  const taken = name === OURS ? { capability: 'network.http-fetch', input } : { capability: 'system.ping', input: {} };
  const { measure: put, settle, close } = await agents(instance, runs, taken);
  const processorTime = await clockOf(instance, { services });
  return { at: (inFlight) => ({ name, inFlight, measure: put, settle, processorTime }), close };
}

async function forwarded({ instance, site, proxyPort, starting }: EgressPlace, runs: number): Promise<Group> {
  const pool = poolOf(proxyPort);
  const host = `${PAGES_HOST}:${site.pages}`;
  const slots = await runSlots(starting, runs);
  const processorTime = await clockOf(instance, { services });
  const one = async () =>
    read(pool, `http://${host}/page`, { host, 'proxy-authorization': credentialOf(await slots.next()) });
  return {
    at: (inFlight) => ({
      ...{ name: OURS_FORWARD, inFlight, processorTime },
      measure: (load) => measure(load, one),
    }),
    close: () => pool.close(),
  };
}
