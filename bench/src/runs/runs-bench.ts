import { availableParallelism } from 'node:os';
import type { WindowedRow } from '../contestant.ts';
import { compare } from './compare.ts';
import { full, QUICK, type Extent, type Part } from './options.ts';
import { paused, type Paused } from './paused.ts';
import { startPlace, type Place, type PlaceOptions } from './place.ts';
import { restarts, type Restart } from './restart.ts';

export type RunsBenchArguments = {
  readonly size: 'full' | 'quick';
  readonly windowMs: number;
  readonly parts: readonly Part[];
  /** Only these rows of the comparison, see {@link compare}. */
  readonly rows?: string;
  /** Leave profiles of the services' processor time here. */
  readonly profileFolder?: string;
};

/** Everything that was measured. A part that was not asked for is absent. */
export type RunsBench = {
  readonly extent: Extent;
  readonly processors: number;
  readonly rows: readonly WindowedRow[];
  readonly paused?: Paused;
  readonly restarts: readonly Restart[];
};

/** Measures runs and their steps, each part on a fresh instance of its own. */
export async function runsBench(args: RunsBenchArguments, log: (line: string) => void): Promise<RunsBench> {
  const { parts, rows, profileFolder } = args;
  const extent = args.size === 'quick' ? QUICK : full(args.windowMs);
  const options = { log, ...(profileFolder === undefined ? {} : { profileFolder }) };
  const compared = parts.includes('compare')
    ? await onPlace(options, (place) => compare({ place, extent, log, ...(rows === undefined ? {} : { rows }) }))
    : [];
  const waiting = parts.includes('paused')
    ? { paused: await onPlace(options, (place) => paused(place, extent, log)) }
    : {};
  const again = parts.includes('restart') ? await onPlace(options, (place) => restarts(place, extent, log)) : [];
  return { extent, processors: availableParallelism(), rows: compared, ...waiting, restarts: again };
}

async function onPlace<T>(options: PlaceOptions, work: (place: Place) => Promise<T>): Promise<T> {
  const place = await startPlace(options);
  try {
    return await work(place);
  } finally {
    await place.stop();
  }
}
