import { median, medianOf, type Figures, type LoadOptions } from '../load.ts';
import { asTable, type Row } from '../report.ts';
import type { Extent } from './options.ts';

/** Something that is measured beside others. */
export type Contestant = Pick<Row, 'name' | 'inFlight' | 'floor'> & {
  readonly measure: (load: LoadOptions) => Promise<Figures>;
  /** Resolves once nothing it set off goes on, so that the next one has the machine to itself. */
  readonly settle?: () => Promise<void>;
};

/** A row with its windows, and how long what they set off went on after them. */
export type SettledRow = Row & { readonly windows: readonly Window[]; readonly settledSeconds?: number };

export type Window = { readonly figures: Figures; readonly settledSeconds?: number };

/**
 * Measures all of them, window by window in turns, so that what else the machine does meets each of them alike. A row is the median of its
 * windows.
 */
export async function inTurns(
  contestants: readonly Contestant[],
  extent: Extent,
  log: (line: string) => void,
): Promise<readonly SettledRow[]> {
  const windows = contestants.map((): Window[] => []);
  for (let turn = 0; turn < extent.windows; turn++) {
    const warmUpMs = turn === 0 ? extent.firstWarmUpMs : extent.warmUpMs;
    for (const [index, contestant] of contestants.entries()) {
      const { name, inFlight } = contestant;
      const window = await measureOne(contestant, { inFlight, durationMs: extent.windowMs, warmUpMs });
      windows[index]!.push(window);
      log(`${turn + 1}/${extent.windows} ${asTable([{ ...window, name, inFlight }]).split('\n')[1]!}`);
    }
  }
  return contestants.map((contestant, index) => rowOf(contestant, windows[index]!));
}

async function measureOne({ measure, settle }: Contestant, load: LoadOptions): Promise<Window> {
  const figures = await measure(load);
  if (!settle) return { figures };
  const began = performance.now();
  await settle();
  return { figures, settledSeconds: (performance.now() - began) / 1_000 };
}

function rowOf({ name, inFlight, floor }: Contestant, windows: readonly Window[]): SettledRow {
  const settled = windows.flatMap(({ settledSeconds }) => (settledSeconds === undefined ? [] : [settledSeconds]));
  return {
    ...{ name, inFlight, windows, figures: medianOf(windows.map(({ figures }) => figures)) },
    ...(floor === undefined ? {} : { floor }),
    ...(settled.length === 0 ? {} : { settledSeconds: median(settled) }),
  };
}
