import { availableParallelism } from 'node:os';
import { compare } from './compare.ts';
import type { WindowedRow } from '../contestant.ts';
import { growth, type GrowthPoint } from './growth.ts';
import { loadProcesses, type LoadProcesses } from './load-processes.ts';
import { full, QUICK, type Extent, type Part } from './options.ts';
import { startPlace, type Place, type PlaceOptions } from './place.ts';
import { verifySpeed, type VerifySpeed } from './verify-speed.ts';

export type LedgerBenchArguments = {
  readonly size: 'full' | 'quick';
  readonly windowMs: number;
  readonly parts: readonly Part[];
  /** Only these rows of the comparison, see {@link compare}. */
  readonly rows?: string;
  /** Leave profiles of the ledger's and the load's processor time here. */
  readonly profileFolder?: string;
};

/** Everything that was measured. A part that was not asked for is absent. */
export type LedgerBench = {
  readonly extent: Extent;
  readonly processors: number;
  readonly rows: readonly WindowedRow[];
  readonly growth: readonly GrowthPoint[];
  readonly verify?: VerifySpeed;
};

/** Measures the ledger: beside floors and peers on one fresh Postgres, then on another while its log grows, then the verifier. */
export async function ledgerBench(args: LedgerBenchArguments, log: (line: string) => void): Promise<LedgerBench> {
  const { parts, rows, profileFolder } = args;
  const extent = args.size === 'quick' ? QUICK : full(args.windowMs);
  const options = { extent, log, ...(profileFolder === undefined ? {} : { profileFolder }) };
  const on = <T>(work: (here: Here) => Promise<T>) => onPlace(options, work);
  const compared = parts.includes('compare')
    ? await on((here) => compare({ ...here, extent, log, ...(rows === undefined ? {} : { rows }) }))
    : [];
  const grown = parts.includes('growth') ? await on((here) => growth({ ...here, extent, log })) : [];
  const verify = parts.includes('verify') ? { verify: verifySpeed(extent.verifiedEvents) } : {};
  return { extent, processors: availableParallelism(), rows: compared, growth: grown, ...verify };
}

type Here = { readonly place: Place; readonly load: LoadProcesses };

async function onPlace<T>(
  options: PlaceOptions & { readonly extent: Extent },
  work: (here: Here) => Promise<T>,
): Promise<T> {
  const { streams } = options.extent;
  const { profileFolder } = options;
  const place = await startPlace(options);
  try {
    const load = await loadProcesses(place.instance, {
      streams,
      ...(profileFolder === undefined ? {} : { profileFolder }),
    });
    try {
      return await work({ place, load });
    } finally {
      await load.stop();
    }
  } finally {
    await place.stop();
  }
}
