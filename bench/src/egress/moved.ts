import { expectOk, type Answer, type HttpClient } from '../http-client.ts';
import { memoryOf, type Memory } from '../process-memory.ts';
import { runSlots, type Run } from '../runs/run-slots.ts';
import type { EgressPlace } from './egress-place.ts';
import { OURS_FORWARD, type EgressCompare } from './fetch.ts';
import { forwardedBody } from './forwarded-body.ts';
import type { Extent } from './options.ts';
import { PAGES_HOST } from './pack.ts';
import { DIRECTIONS, type Direction } from './tunnels.ts';
import { waysTo, type Way } from './ways.ts';

/** What a process took while it carried one large body. Memory in bytes; 0 where the system does not tell. */
export type Moved = {
  readonly name: string;
  readonly direction: Direction;
  readonly bytes: number;
  readonly seconds: number;
  /** All that it occupied, parts of files that other processes share among them, such as Node's program. */
  readonly residentBytes: { readonly before: number; readonly most: number };
  /** What of it was its own. */
  readonly ownBytes: { readonly before: number; readonly most: number };
};

/** Ours where what comes back goes to resource-store, or what is sent comes from there; and resource-store meanwhile. */
export const KEPT = 'ours, kept as resources';
export const STORE = 'ours, resource-store with it';

const LOOK_MS = 10;

/**
 * Moves a large body through a tunnel of each proxy, there and back, as a forwarded request of ours, and as answers that ours keeps as resources, and
 * looks at the memory of the process meanwhile.
 */
export async function moved(compared: EgressCompare): Promise<readonly Moved[]> {
  const { place, extent, squid, rows = '', log } = compared;
  const found: Moved[] = [];
  const isWanted = (name: string): boolean => rows.split('|').some((wanted) => name.includes(wanted.split(',')[0]!));
  for (const { name, start } of waysTo(place, squid).filter((way) => isWanted(way.name))) {
    const way = await start();
    try {
      if (way.pid === undefined) continue;
      for (const direction of DIRECTIONS) {
        found.push({
          name,
          direction,
          ...(await throughTunnel(way, way.pid, { direction, bytes: extent.movedBytes })),
        });
        log(lineOf(found.at(-1)!));
      }
    } finally {
      await way.close();
    }
  }
  if (isWanted(OURS_FORWARD)) found.push(...(await forwarded(place, extent, log)));
  if (isWanted(KEPT)) found.push(...(await asResources(place, extent, log)));
  return found;
}

const lineOf = ({ name, direction, bytes, seconds }: Moved): string =>
  `${name}: ${bytes} bytes ${direction} in ${seconds.toFixed(1)} s`;

type Watched = Omit<Moved, 'name' | 'direction'>;

async function throughTunnel(
  way: Way,
  pid: number,
  { direction, bytes }: Pick<Moved, 'direction' | 'bytes'>,
): Promise<Watched> {
  const tunnel = await way.open();
  try {
    const move = () => (direction === 'receiving' ? tunnel.receive(bytes) : tunnel.send(bytes));
    const [seen] = await watched([pid], bytes, move);
    return seen!;
  } finally {
    tunnel.close();
  }
}

async function forwarded(
  place: EgressPlace,
  { movedBytes: bytes }: Extent,
  log: (line: string) => void,
): Promise<readonly Moved[]> {
  const run = await (await runSlots(place.starting, 1)).next();
  const found: Moved[] = [];
  for (const direction of DIRECTIONS) {
    const [seen] = await watched([place.proxyPid], bytes, () => forwardedBody(place, run, { bytes, direction }));
    found.push({ name: OURS_FORWARD, direction, ...seen! });
    log(lineOf(found.at(-1)!));
  }
  return found;
}

/**
 * Steps one after the other, each of which fetches a part of the whole; the answers are kept in resource-store. Then each of them is sent from there as
 * the body of a request.
 */
async function asResources(
  { starting, site, proxyPid, storePid }: EgressPlace,
  { movedBytes, keptAnswers }: Extent,
  log: (line: string) => void,
): Promise<readonly Moved[]> {
  const run = await (await runSlots(starting, 1)).next();
  const origin = `http://${PAGES_HOST}:${site.pages}`;
  const step = (stepId: string, input: object) => finished(starting.client, run, { stepId, input });
  const kept: string[] = [];
  const receive = async (): Promise<void> => {
    const url = `${origin}/bodies/${movedBytes / keptAnswers}`;
    for (let n = 0; n < keptAnswers; n++) kept.push(resourceIn(await step(`kept-${n}`, { url })));
  };
  const send = async (): Promise<void> => {
    const url = `${origin}/page`;
    for (const [n, bodyRef] of kept.entries()) await step(`sent-${n}`, { url, method: 'POST', bodyRef });
  };
  const found: Moved[] = [];
  for (const [direction, move] of [
    ['receiving', receive],
    ['sending', send],
  ] as const) {
    const [proxy, store] = await watched([proxyPid, storePid], movedBytes, move);
    found.push({ name: KEPT, direction, ...proxy! }, { name: STORE, direction, ...store! });
    log(lineOf(found.at(-1)!));
  }
  return found;
}

function resourceIn({ body }: Answer): string {
  const { result } = JSON.parse(body) as { readonly result: { readonly value: { readonly bodyResource?: string } } };
  if (result.value.bodyResource === undefined) throw new Error(`a large body was not kept: ${body.slice(0, 400)}`);
  return result.value.bodyResource;
}

type Asked = { readonly stepId: string; readonly input: object };

/** What a fetch came to once it has succeeded, however long it takes. Throws when it does not. */
async function finished(client: HttpClient, run: Run, { stepId, input }: Asked): Promise<Answer> {
  const steps = `/v1/runs/${run.id}/steps`;
  const step = { stepId, capability: 'network.http-fetch', input };
  let answer = await expectOk(client.post(steps, step, run.token));
  while (stateIn(answer) === 'started')
    answer = await expectOk(client.get(`${steps}/${stepId}?waitMs=5000`, run.token));
  if (stateIn(answer) !== 'succeeded') throw new Error(`a large body was not moved: ${answer.body.slice(0, 400)}`);
  return answer;
}

const stateIn = ({ body }: Answer): string => (JSON.parse(body) as { state: string }).state;

/** What was seen of each of the processes. */
async function watched(pids: readonly number[], bytes: number, move: () => Promise<void>): Promise<readonly Watched[]> {
  const before = pids.map(memoryOf);
  let most = before;
  const look = (): void => void (most = pids.map((pid, n) => larger(most[n]!, memoryOf(pid))));
  const timer = setInterval(look, LOOK_MS);
  const began = performance.now();
  try {
    await move();
    const seconds = (performance.now() - began) / 1_000;
    look();
    return pids.map((_pid, n) => ({
      ...{ bytes, seconds },
      residentBytes: { before: before[n]!.residentBytes, most: most[n]!.residentBytes },
      ownBytes: { before: before[n]!.ownBytes, most: most[n]!.ownBytes },
    }));
  } finally {
    clearInterval(timer);
  }
}

const larger = (one: Memory, other: Memory): Memory => ({
  residentBytes: Math.max(one.residentBytes, other.residentBytes),
  mostResidentBytes: Math.max(one.mostResidentBytes, other.mostResidentBytes),
  ownBytes: Math.max(one.ownBytes, other.ownBytes),
});
