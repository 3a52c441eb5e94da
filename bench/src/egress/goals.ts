import type { Goal } from '../goal.ts';
import type { Row } from '../report.ts';
import type { EgressBench } from './egress-bench.ts';
import { BARE_CLIENT, GUARDS } from './guards.ts';
import { BARE_PROXY } from './proxies.ts';
import type { TunnelRow } from './tunnels.ts';
import { OURS } from './ways.ts';

const SHARE_OF_BARE = 0.8;
const GUARDS_MS = 0.5;
const MEMORY_BYTES = 150_000_000;
const MEGABYTE = 1_000_000;

/** The goals whose figures were measured. */
export function goalsOf({
  tunnels,
  guards,
  moved,
}: Pick<EgressBench, 'tunnels' | 'guards' | 'moved'>): readonly Goal[] {
  return [
    ...tunnels.filter(({ name }) => name === OURS).flatMap((ours) => ofBareProxy(ours, tunnels)),
    ...ofGuards(guards),
    ...moved
      .filter(({ name, ownBytes }) => name.startsWith(OURS) && ownBytes.most > 0)
      .map(({ name, direction, bytes, ownBytes: { most } }) => ({
        ...{ what: `own memory of ${name}, ${direction} ${(bytes / MEGABYTE).toFixed(0)} MB, MB`, aim: '< 150' },
        ...{ measured: (most / MEGABYTE).toFixed(0), reached: most < MEMORY_BYTES },
      })),
  ];
}

function ofBareProxy(ours: TunnelRow, rows: readonly TunnelRow[]): readonly Goal[] {
  const { direction, inFlight, megabytesPerSecond } = ours;
  const bare = rows.find((row) => row.name === BARE_PROXY && row.direction === direction && row.inFlight === inFlight);
  if (!bare) return [];
  const share = megabytesPerSecond / bare.megabytesPerSecond;
  return [
    {
      ...{ what: `MB/s of the bare Node proxy, ${inFlight} ${direction}`, aim: `≥ ${SHARE_OF_BARE * 100} %` },
      ...{ measured: `${Math.round(share * 100)} %`, reached: share >= SHARE_OF_BARE },
    },
  ];
}

function ofGuards(rows: readonly Row[]): readonly Goal[] {
  const p50Of = (wanted: string) => rows.find(({ name }) => name === wanted)?.figures.p50Ms;
  const [guarded, bare] = [p50Of(GUARDS), p50Of(BARE_CLIENT)];
  if (guarded === undefined || bare === undefined) return [];
  const cost = guarded - bare;
  return [
    {
      ...{ what: 'p50 that the guards add, ms', aim: `< ${GUARDS_MS}` },
      ...{ measured: cost.toFixed(2), reached: cost < GUARDS_MS },
    },
  ];
}
