import type { Contestant, WindowedRow } from '../contestant.ts';
import { measureGroups, type Group } from '../groups.ts';
import { measure, type Figures, type LoadOptions } from '../load.ts';
import { processorTimeOf } from '../processor-time.ts';
import type { EgressCompare } from './fetch.ts';
import { BARE_PROXY } from './proxies.ts';
import type { Tunnel } from './tunnel-client.ts';
import { waysTo, type Way } from './ways.ts';

export const DIRECTIONS = ['receiving', 'sending'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type TunnelRow = WindowedRow & { readonly direction: Direction; readonly megabytesPerSecond: number };

const MEGABYTE = 1_000_000;

/** Pieces of a long stream through open tunnels, by every way in turns. Opening them is not counted; what is in flight are tunnels. */
export async function tunnels(compared: EgressCompare): Promise<readonly TunnelRow[]> {
  const rows: TunnelRow[] = [];
  for (const direction of DIRECTIONS) rows.push(...(await inDirection(compared, direction)));
  return rows;
}

async function inDirection(compared: EgressCompare, direction: Direction): Promise<readonly TunnelRow[]> {
  const { place, extent, squid, rows = '', log } = compared;
  const { pieceBytes } = extent;
  const move = direction === 'receiving' ? receive : send;
  const groups = waysTo(place, squid).map(({ name, start }) => ({
    ...{ name, loads: direction === 'receiving' ? extent.tunnels : extent.tunnels.slice(0, 1) },
    start: async () => groupOf(name, await start(), (tunnel) => move(tunnel, pieceBytes)),
  }));
  log(`tunnels, ${direction}`);
  const measured = await measureGroups(groups, { extent, rows, floor: BARE_PROXY, log });
  return measured.map((row) => ({
    ...{ ...row, direction },
    megabytesPerSecond: (row.figures.perSecond * pieceBytes) / MEGABYTE,
  }));
}

const receive = (tunnel: Tunnel, bytes: number): Promise<void> => tunnel.receive(bytes);
const send = (tunnel: Tunnel, bytes: number): Promise<void> => tunnel.send(bytes);

type Move = (tunnel: Tunnel) => Promise<void>;

function groupOf(name: string, way: Way, move: Move): Group {
  const { pid, close } = way;
  const processorTime = async () => (pid === undefined ? undefined : processorTimeOf({ proxy: [pid] }));
  const at = (inFlight: number): Contestant => ({
    ...{ name, inFlight, processorTime },
    measure: (load) => measureTunnels(way, load, move),
  });
  return { at, close };
}

async function measureTunnels(way: Way, load: LoadOptions, move: Move): Promise<Figures> {
  const free = await Promise.all(Array.from({ length: load.inFlight }, () => way.open()));
  const all = [...free];
  try {
    return await measure(load, async () => {
      const tunnel = free.pop()!;
      await move(tunnel);
      free.push(tunnel);
    });
  } finally {
    for (const tunnel of all) tunnel.close();
  }
}
