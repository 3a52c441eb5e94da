import type { Goal } from '../goal.ts';
import type { Row } from '../report.ts';
import { OURS } from './compare.ts';
import { GROUP_COMMIT } from './floors/group-commit.ts';
import { SINGLE_INSERT } from './floors/single-insert.ts';
import type { GrowthPoint } from './growth.ts';
import type { LedgerBench } from './ledger-bench.ts';
import { totalOf } from '../processor-time.ts';

const RATE = 10_000;
const SHARE_OF_FLOOR = 0.5;
const TIMES_INSERT = 3;
const VERIFY_RATE = 100_000;
const VERIFY_SHARE = 0.6;
const GROWTH = 1.3;
/** Between the last two sizes, which are far beyond what memory keeps of the log. */
const MEMORY_GROWTH = 1.1;

/** The goals whose figures were measured. */
export function goalsOf(bench: LedgerBench): readonly Goal[] {
  return [
    ...throughput(bench.rows),
    ...latency(bench.rows),
    ...verify(bench),
    ...growthGoals(bench.growth),
    ...memoryGoals(bench.growth),
  ];
}

const find = (rows: readonly Row[], name: string, inFlight: number) =>
  rows.find((row) => row.name === name && row.inFlight === inFlight)?.figures;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;

function throughput(rows: readonly Row[]): readonly Goal[] {
  const ours = find(rows, OURS, 512);
  if (!ours) return [];
  const rate = {
    what: 'events/s, 512 in flight',
    ...{ aim: `≥ ${RATE}`, measured: ours.perSecond.toFixed(0), reached: ours.perSecond >= RATE },
  };
  const floor = find(rows, GROUP_COMMIT, 512);
  if (!floor) return [rate];
  const share = ours.perSecond / floor.perSecond;
  const what = 'of the group commit in process, 512 in flight';
  const beside = {
    what,
    aim: `≥ ${percent(SHARE_OF_FLOOR)}`,
    measured: percent(share),
    reached: share >= SHARE_OF_FLOOR,
  };
  return [rate, beside];
}

function latency(rows: readonly Row[]): readonly Goal[] {
  const ours = find(rows, OURS, 1);
  const insert = find(rows, SINGLE_INSERT, 1);
  if (!ours || !insert) return [];
  const ratio = ours.p50Ms / insert.p50Ms;
  const what = 'p50 of an append alone, beside an insert';
  return [{ what, aim: `< ${TIMES_INSERT} ×`, measured: times(ratio), reached: ratio < TIMES_INSERT }];
}

function verify({ verify: speed }: LedgerBench): readonly Goal[] {
  if (!speed) return [];
  const share = speed.perSecond / speed.barePerSecond;
  return [
    {
      what: 'events verified a second',
      aim: `≥ ${VERIFY_RATE}, or ≥ ${percent(VERIFY_SHARE)} of bare`,
      measured: `${speed.perSecond.toFixed(0)}, ${percent(share)}`,
      reached: speed.perSecond >= VERIFY_RATE || share >= VERIFY_SHARE,
    },
  ];
}

/** Something that is measured at each size of the log, and what it is divided by before sizes are compared. */
export type Cost = {
  readonly name: string;
  readonly of: (point: GrowthPoint) => number | undefined;
  readonly control?: { readonly name: string; readonly of: (point: GrowthPoint) => number | undefined };
};

const proof = (kind: keyof NonNullable<GrowthPoint['proofs']>): Cost => ({
  name: `${kind} proof, p50 ms`,
  of: ({ proofs }) => proofs?.[kind].ours.p50Ms,
  control: { name: 'of the smallest tree', of: ({ proofs }) => proofs?.[kind].control.p50Ms },
});

export const GROWING: readonly Cost[] = [
  {
    name: 'append alone, p50 ms',
    of: ({ alone }) => alone.ours.p50Ms,
    control: { name: 'an insert of one row', of: ({ alone }) => alone.control.p50Ms },
  },
  {
    name: 'append, 64 in flight, ms each',
    of: ({ together }) => 1_000 / together.ours.perSecond,
    control: { name: 'a group commit in process', of: ({ together }) => 1_000 / together.control.perSecond },
  },
  {
    name: 'append, 64 in flight, processor µs',
    of: ({ together: { processor } }) => processor && totalOf(processor),
  },
  proof('inclusion'),
  proof('consistency'),
];

/** How many times the cost on the smallest log a cost is, each divided by its control of the same minutes. */
export function growthOf(points: readonly GrowthPoint[], { of, control }: Cost): readonly (number | undefined)[] {
  const shares = points.map((point) => {
    const cost = of(point);
    return cost === undefined ? undefined : cost / (control?.of(point) ?? 1);
  });
  const [first] = shares;
  return shares.map((share) => (share === undefined || first === undefined ? undefined : share / first));
}

function growthGoals(points: readonly GrowthPoint[]): readonly Goal[] {
  const last = points.at(-1);
  if (!last || points.length < 2) return [];
  return GROWING.flatMap((cost) => {
    const ratio = growthOf(points, cost).at(-1);
    if (ratio === undefined) return [];
    const what = `${cost.name}, at ${last.size} beside ${points[0]!.size}`;
    return [{ what, aim: `≤ ${GROWTH} ×`, measured: times(ratio), reached: ratio <= GROWTH }];
  });
}

function memoryGoals(points: readonly GrowthPoint[]): readonly Goal[] {
  const [before, last] = points.slice(-2);
  if (!before || !last || points.length < 3) return [];
  const figures = [
    { name: 'memory that audit-ledger holds', of: ({ footprint }: GrowthPoint) => footprint.heldBytes },
    {
      name: 'memory that audit-ledger occupies',
      of: ({ footprint }: GrowthPoint) => footprint.residentBytes || undefined,
    },
  ];
  return figures.flatMap(({ name, of }) => {
    const [from, to] = [of(before), of(last)];
    if (from === undefined || to === undefined) return [];
    const what = `${name}, at ${last.size} beside ${before.size}`;
    const reached = to / from <= MEMORY_GROWTH;
    return [{ what, aim: `≤ ${MEMORY_GROWTH.toFixed(2)} ×`, measured: times(to / from), reached }];
  });
}
