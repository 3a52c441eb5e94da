import { median, medianOf, type Figures, type LoadOptions } from './load.ts';
import { asTable, type Row } from './report.ts';
import { medianTime, perEvent, type ProcessorTime } from './processor-time.ts';

/** Something that is measured beside others. */
export type Contestant = Pick<Row, 'name' | 'inFlight' | 'floor'> & {
  readonly measure: (load: LoadOptions) => Promise<Figures>;
  /** Operations after which a window ends; default none. */
  readonly most?: number;
  /** Resolves once nothing it set off goes on, so that the next one has the machine to itself. */
  readonly settle?: () => Promise<void>;
  /** What its own processes used so far; left out, that of the turns. */
  readonly processorTime?: ProcessorClock;
};

/** A row with its windows. */
export type WindowedRow = Row & {
  readonly windows: readonly Window[];
  /** How long what a window set off went on after it; the median. */
  readonly settledSeconds?: number;
  /** Processor time for each event, in microseconds: what a row costs on a machine that others use too. */
  readonly processor?: ProcessorTime;
};

export type Window = {
  readonly figures: Figures;
  readonly settledSeconds?: number;
  readonly processor?: ProcessorTime;
};

/** How long is measured. Times in ms. */
export type Windows = {
  /** Windows of each row; the row shows their medians. */
  readonly windows: number;
  readonly windowMs: number;
  /** Before the first window of a row, until its code has been compiled for good; and before each other one. */
  readonly firstWarmUpMs: number;
  readonly warmUpMs: number;
};

/** What was used so far, where that can be told. */
export type ProcessorClock = () => Promise<ProcessorTime | undefined>;

export type Turns = {
  readonly extent: Windows;
  readonly processorTime: ProcessorClock;
  readonly log: (line: string) => void;
};

/**
 * Measures all of them, window by window in turns, so that what else the machine does meets each of them alike. A row is the median of its
 * windows.
 */
export async function inTurns(contestants: readonly Contestant[], turns: Turns): Promise<readonly WindowedRow[]> {
  const { extent, log } = turns;
  const windows = contestants.map((): Window[] => []);
  for (let turn = 0; turn < extent.windows; turn++) {
    const warmUpMs = turn === 0 ? extent.firstWarmUpMs : extent.warmUpMs;
    for (const [index, contestant] of contestants.entries()) {
      const { name, inFlight, most = Infinity } = contestant;
      const load = { inFlight, most, durationMs: extent.windowMs, warmUpMs };
      const window = await measureOne(contestant, load, turns);
      windows[index]!.push(window);
      log(`${turn + 1}/${extent.windows} ${asTable([{ ...window, name, inFlight }]).split('\n')[1]!}`);
    }
  }
  return contestants.map((contestant, index) => rowOf(contestant, windows[index]!));
}

async function measureOne(contestant: Contestant, load: LoadOptions, turns: Turns): Promise<Window> {
  const { measure, settle, processorTime = turns.processorTime } = contestant;
  const before = await processorTime();
  const figures = await measure(load);
  const began = performance.now();
  await settle?.();
  const settledSeconds = (performance.now() - began) / 1_000;
  const after = await processorTime();
  return {
    figures,
    ...(settle ? { settledSeconds } : {}),
    ...(before && after ? { processor: perEvent(before, after, figures.done) } : {}),
  };
}

function rowOf({ name, inFlight, floor }: Contestant, windows: readonly Window[]): WindowedRow {
  const settled = windows.flatMap(({ settledSeconds }) => (settledSeconds === undefined ? [] : [settledSeconds]));
  const used = windows.flatMap(({ processor }) => (processor ? [processor] : []));
  return {
    ...{ name, inFlight, windows, figures: medianOf(windows.map(({ figures }) => figures)) },
    ...(floor === undefined ? {} : { floor }),
    ...(settled.length === 0 ? {} : { settledSeconds: median(settled) }),
    ...(used.length === 0 ? {} : { processor: medianTime(used) }),
  };
}
