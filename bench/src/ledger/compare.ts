import { inTurns, type Contestant, type WindowedRow } from '../contestant.ts';
import { copyFloor } from './floors/copy.ts';
import { GROUP_COMMIT, groupCommitFloor } from './floors/group-commit.ts';
import { singleInsertFloor } from './floors/single-insert.ts';
import type { LoadProcesses } from './load-processes.ts';
import type { Extent } from './options.ts';
import { advisoryLock } from './peers/advisory-lock.ts';
import { castore } from './peers/castore.ts';
import { ledgerClock, type Place } from './place.ts';

const LOADS = [1, 64, 512];
export const OURS = 'ours, over the bus';
export const OURS_BY_TEN = 'ours, 10 events an append';

export type CompareOptions = {
  readonly place: Place;
  readonly load: LoadProcesses;
  readonly extent: Extent;
  /** Only rows whose «name, n in flight» contains this. */
  readonly rows?: string;
  readonly log: (line: string) => void;
};

/** The ledger over the bus, beside floors and peers on the same Postgres. */
export async function compare({
  place,
  load,
  extent,
  rows = '',
  log,
}: CompareOptions): Promise<readonly WindowedRow[]> {
  const url = place.instance.adminUrl;
  const groupCommit = await groupCommitFloor(url, extent.streams);
  const insert = await singleInsertFloor(url);
  const copy = await copyFloor(url, extent.copyRows);
  const peers = [await castore(url, extent.streams), await advisoryLock(url, extent.streams)];
  const ours = (name: string, inFlight: number, eventsEach: number): Contestant => ({
    ...{ name, inFlight, settle: place.settle },
    ...(eventsEach === 1 ? { floor: GROUP_COMMIT } : {}),
    measure: (window) => load.measure({ ...window, eventsEach }),
  });
  const contestants = [
    ...[copy, insert],
    ...LOADS.flatMap((inFlight) => [
      groupCommit.at(inFlight),
      ours(OURS, inFlight, 1),
      ...peers.map((peer) => ({ ...peer.at(inFlight), floor: GROUP_COMMIT })),
    ]),
    ours(OURS_BY_TEN, 64, 10),
  ];
  const wanted = contestants.filter(({ name, inFlight }) => `${name}, ${inFlight} in flight`.includes(rows));
  try {
    const processorTime = await ledgerClock(place, load);
    return await inTurns(wanted, { extent, processorTime, log });
  } finally {
    await Promise.all([groupCommit, insert, copy, ...peers].map((each) => each.close()));
  }
}
