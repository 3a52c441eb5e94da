import type { WindowedRow } from '../contestant.ts';
import { measureGroups, type Group, type Offered } from '../groups.ts';
import { clockOf } from '../instance-processes.ts';
import { agents } from './agents.ts';
import { bareStep, SAME_HOPS, WITHOUT_LEDGER_HOP } from './floors/bare-step.ts';
import type { Extent } from './options.ts';
import { dbos } from './peers/dbos.ts';
import { peersFolder } from './peers/peers.ts';
import { restate } from './peers/restate.ts';
import type { Place } from './place.ts';

export const OURS = 'ours';
export const OURS_HOT = 'ours, one hot run';

export type CompareOptions = {
  readonly place: Place;
  readonly extent: Extent;
  /** Only these rows, see {@link measureGroups}. */
  readonly rows?: string;
  readonly log: (line: string) => void;
};

/** Governed steps, beside floors and peers on the same machine. What no row asks for is not started. */
export function compare({ place, extent, rows = '', log }: CompareOptions): Promise<readonly WindowedRow[]> {
  const { instance } = place;
  const { few, together } = extent;
  const folder = () => peersFolder(log);
  const groups: readonly Offered[] = [
    { name: SAME_HOPS, loads: extent.loads, start: () => bareStep(instance, 'by-committer') },
    { name: WITHOUT_LEDGER_HOP, loads: extent.loads, start: () => bareStep(instance, 'itself') },
    { name: OURS, loads: [...extent.loads, few], start: () => ours(place, OURS, extent.runs) },
    { name: OURS_HOT, loads: [few, together], start: () => ours(place, OURS_HOT, 1) },
    { name: 'peer: Restate', loads: extent.loads, start: async () => restate(await folder()) },
    { name: 'peer: DBOS', loads: extent.loads, start: async () => dbos(instance, await folder()) },
  ];
  return measureGroups(groups, { extent, rows, floor: SAME_HOPS, log });
}

async function ours({ instance }: Place, name: string, runs: number): Promise<Group> {
  const { measure, settle, close } = await agents(instance, runs);
  const services = ['gateway', 'run-orchestrator', 'audit-ledger', 'resource-store'] as const;
  const processorTime = await clockOf(instance, { services });
  return { at: (inFlight) => ({ name, inFlight, measure, settle, processorTime }), close };
}
