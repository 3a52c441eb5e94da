import { availableParallelism } from 'node:os';
import type { WindowedRow } from '../contestant.ts';
import { startEgressPlace } from './egress-place.ts';
import { fetches } from './fetch.ts';
import { guards } from './guards.ts';
import { moved, type Moved } from './moved.ts';
import { full, QUICK, type Extent, type Part } from './options.ts';
import { findSquid } from './peers/squid.ts';
import { tunnels, type TunnelRow } from './tunnels.ts';

export type EgressBenchArguments = {
  readonly size: 'full' | 'quick';
  readonly windowMs: number;
  readonly parts: readonly Part[];
  /** Only these rows, see {@link measureGroups}. */
  readonly rows?: string;
  /** Leave profiles of the services' processor time here. */
  readonly profileFolder?: string;
};

/** Everything that was measured. A part that was not asked for is empty. */
export type EgressBench = {
  readonly extent: Extent;
  readonly processors: number;
  /** Why somebody is missing. */
  readonly leftOut: readonly string[];
  readonly moved: readonly Moved[];
  readonly tunnels: readonly TunnelRow[];
  readonly fetches: readonly WindowedRow[];
  readonly guards: readonly WindowedRow[];
};

/** Measures the way out on a fresh instance: memory first, while the services are as they started. */
export async function egressBench(args: EgressBenchArguments, log: (line: string) => void): Promise<EgressBench> {
  const { parts, rows, profileFolder } = args;
  const extent = args.size === 'quick' ? QUICK : full(args.windowMs);
  const found = await findSquid(log);
  const leftOut = 'missing' in found ? [found.missing] : [];
  for (const line of leftOut) log(line);
  const place = await startEgressPlace({ log, ...(profileFolder === undefined ? {} : { profileFolder }) });
  const squid = 'program' in found ? found.program : undefined;
  const compared = { place, extent, squid, log, ...(rows === undefined ? {} : { rows }) };
  const part = async <T>(name: Part, measure: (what: typeof compared) => Promise<readonly T[]>) =>
    parts.includes(name) ? measure(compared) : [];
  try {
    return {
      ...{ extent, processors: availableParallelism(), leftOut },
      moved: await part('memory', moved),
      tunnels: await part('tunnel', tunnels),
      fetches: await part('fetch', fetches),
      guards: await part('guards', guards),
    };
  } finally {
    await place.stop();
  }
}
