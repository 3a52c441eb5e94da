import { inTurns, type Contestant, type WindowedRow, type Windows } from './contestant.ts';

/** Something that runs, and can be measured with so many in flight. */
export type Group = { readonly at: (inFlight: number) => Contestant; readonly close: () => Promise<void> };

/** What can be measured; it is started only when a row of it is wanted. */
export type Offered = {
  readonly name: string;
  readonly loads: readonly number[];
  readonly start: () => Promise<Group>;
};

export type GroupOptions = {
  readonly extent: Windows;
  /** Only rows whose «name, n in flight» contains this, or one of several that a | separates. */
  readonly rows?: string;
  /** What the other rows are compared with. */
  readonly floor: string;
  readonly log: (line: string) => void;
};

/** Measures the rows that are wanted, in turns, the smallest load first. What no row asks for is not started. */
export async function measureGroups(
  offered: readonly Offered[],
  { extent, rows = '', floor, log }: GroupOptions,
): Promise<readonly WindowedRow[]> {
  const wanted = offered
    .map((group) => ({ ...group, loads: group.loads.filter((load) => isWanted(group.name, load, rows)) }))
    .filter(({ loads }) => loads.length > 0);
  const started: Group[] = [];
  try {
    for (const { start } of wanted) started.push(await start());
    const contestants = [...new Set(wanted.flatMap(({ loads }) => loads))]
      .sort((a, b) => a - b)
      .flatMap((load) =>
        wanted.flatMap(({ loads }, index) => (loads.includes(load) ? [started[index]!.at(load)] : [])),
      );
    const floored = contestants.map((each) => (each.name === floor ? each : { ...each, floor }));
    return await inTurns(floored, { extent, processorTime: async () => undefined, log });
  } finally {
    for (const each of started) await each.close();
  }
}

const isWanted = (name: string, inFlight: number, rows: string): boolean =>
  rows.split('|').some((wanted) => `${name}, ${inFlight} in flight`.includes(wanted));
