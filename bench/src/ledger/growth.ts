import type { Figures } from '../load.ts';
import { inTurns, type Contestant, type WindowedRow } from '../contestant.ts';
import { groupCommitFloor } from './floors/group-commit.ts';
import { singleInsertFloor } from './floors/single-insert.ts';
import type { Footprint } from './footprint.ts';
import type { LoadProcesses } from './load-processes.ts';
import type { Extent } from './options.ts';
import { ledgerClock, type Place } from './place.ts';
import type { ProcessorTime } from '../processor-time.ts';
import { proofsOf, signedSize, type Proofs } from './proofs.ts';

/** A cost, and that of something whose size stays the same, taken in the same minutes: the machine changes both, the log only the one. */
export type Beside = { readonly ours: Figures; readonly control: Figures };

/** What the ledger costs when its log has grown to a size. */
export type GrowthPoint = {
  /** Events in the log when measuring began, and when it ended. */
  readonly size: number;
  readonly sizeAfter: number;
  /** How the log came to this size: events a second since the point before, and how long publication went on afterwards. */
  readonly fill: { readonly seconds: number; readonly perSecond: number; readonly publishedAfterSeconds: number };
  /** One append at a time, beside inserts of one row. */
  readonly alone: Beside;
  /** 64 in flight, beside group commits in process; and the processor time of an event, in microseconds. */
  readonly together: Beside & { readonly processor?: ProcessorTime };
  /** Proofs of the tree as it is now, beside the same of the tree as it was at the first size. Undefined when the ledger does not serve proofs. */
  readonly proofs?: { readonly inclusion: Beside; readonly consistency: Beside };
  readonly footprint: Footprint;
};

export type GrowthOptions = {
  readonly place: Place;
  readonly load: LoadProcesses;
  readonly extent: Extent;
  readonly log: (line: string) => void;
};

const TOGETHER = 64;
const FILL = { inFlight: 16, eventsEach: 100 };
/** One at a time, so that the code has seen its share of appends when the first size is measured. */
const FIRST_FILL = { inFlight: 64, eventsEach: 1 };
/** A window ends by its number of appends. */
const BY_NUMBER = { windowMs: Infinity, firstWarmUpMs: 0, warmUpMs: 0 };

/** Lets the log grow from nothing and measures at each size. */
export async function growth(options: GrowthOptions): Promise<readonly GrowthPoint[]> {
  const { place, extent, log } = options;
  const insert = await singleInsertFloor(place.instance.adminUrl);
  const commit = await groupCommitFloor(place.instance.adminUrl, extent.streams);
  const controls = { alone: insert, together: commit.at(TOGETHER) };
  try {
    for (const { measure, inFlight } of [controls.alone, controls.together])
      await measure({ inFlight, durationMs: extent.firstWarmUpMs, warmUpMs: 0 });
    const points: GrowthPoint[] = [];
    const proving = proofsBeside(options);
    for (const size of extent.sizes) {
      const fill = await fillTo(size, options, points.length === 0 ? FIRST_FILL : FILL);
      log(`${size} events after ${fill.seconds.toFixed(1)} s`);
      points.push({ fill, ...(await measureHere(options, controls, proving)) });
    }
    return points;
  } finally {
    await Promise.all([insert.close(), commit.close()]);
  }
}

async function fillTo(size: number, { place, load }: GrowthOptions, fill: typeof FILL): Promise<GrowthPoint['fill']> {
  const before = await place.size();
  const most = Math.ceil(Math.max(0, size - before) / fill.eventsEach);
  const began = performance.now();
  await load.measure({ ...fill, durationMs: Infinity, warmUpMs: 0, most });
  const seconds = (performance.now() - began) / 1_000;
  await place.settle();
  const publishedAfterSeconds = (performance.now() - began) / 1_000 - seconds;
  return { seconds, perSecond: ((await place.size()) - before) / seconds, publishedAfterSeconds };
}

type Controls = { readonly alone: Contestant; readonly together: Contestant };

async function measureHere(
  options: GrowthOptions,
  controls: Controls,
  proving: ReturnType<typeof proofsBeside>,
): Promise<Omit<GrowthPoint, 'fill'>> {
  const { place } = options;
  const size = await place.size();
  const appended = await appends(options, controls);
  const proofs = await proving(size);
  const sizeAfter = await place.size();
  return { ...{ size, sizeAfter }, ...appended, ...(proofs ? { proofs } : {}), footprint: await place.footprint() };
}

/** The first tree that it is asked for stays the control of all others: the same question over the same way, of a tree that does not grow. */
function proofsBeside(options: GrowthOptions): (size: number) => Promise<GrowthPoint['proofs']> {
  const { place, extent } = options;
  let first: Proofs | undefined;

  return async (minSize) => {
    const size = await signedSize(place.bus, minSize);
    if (size === undefined) return undefined;
    const now = proofsOf(place.bus, size);
    if (!first) for (const { measure } of [now.inclusion, now.consistency]) await measure(warmUp(extent));
    first ??= now;
    const asked = [now.inclusion, first.inclusion, now.consistency, first.consistency];
    const rows = await inTurns(
      asked.map((each) => ({ ...each, most: extent.proofs })),
      await turnsByNumber(options),
    );
    const [inclusion, inclusionThen, consistency, consistencyThen] = rows.map(({ figures }) => figures);
    return {
      inclusion: { ours: inclusion!, control: inclusionThen! },
      consistency: { ours: consistency!, control: consistencyThen! },
    };
  };
}

const warmUp = ({ firstWarmUpMs }: Extent) => ({ inFlight: 1, durationMs: firstWarmUpMs, warmUpMs: 0 });

const turnsByNumber = async ({ place, load, extent, log }: GrowthOptions) => ({
  extent: { windows: extent.windows, ...BY_NUMBER },
  processorTime: await ledgerClock(place, load),
  log,
});

async function appends(options: GrowthOptions, controls: Controls): Promise<Pick<GrowthPoint, 'alone' | 'together'>> {
  const { place, load, extent } = options;
  const ours = (inFlight: number): Contestant => ({
    ...{ name: 'ours, over the bus', inFlight, settle: place.settle },
    measure: (window) => load.measure({ ...window, eventsEach: 1 }),
  });
  const [insert, alone, commit, together] = (await inTurns(
    [
      ...[controls.alone, ours(1)].map((each) => ({ ...each, most: extent.appendsAlone })),
      ...[controls.together, ours(TOGETHER)].map((each) => ({ ...each, most: extent.appendsTogether })),
    ],
    await turnsByNumber(options),
  )) as [WindowedRow, WindowedRow, WindowedRow, WindowedRow];
  const { processor } = together;
  return {
    alone: { ours: alone.figures, control: insert.figures },
    together: { ours: together.figures, control: commit.figures, ...(processor ? { processor } : {}) },
  };
}
