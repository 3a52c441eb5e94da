import { instanceStatus } from '@causeway/provisioning';
import { expectOk } from '../http-client.ts';
import { tableSizes } from '../instance-tables.ts';
import { measure, type Figures } from '../load.ts';
import { memoryOf } from '../process-memory.ts';
import { logPlace, type LogPlace } from './log-place.ts';
import type { Extent } from './options.ts';
import type { Place } from './place.ts';

/** What many runs take that all wait for a person, and how long lists of them take. */
export type Paused = {
  readonly runs: number;
  readonly approvals: number;
  /** Memory of run-orchestrator with one run, and with all of them; 0 where the system does not tell. */
  readonly residentBytes: { readonly before: number; readonly after: number };
  /** Tables of run-orchestrator with their indexes. */
  readonly tableBytes: number;
  /** A page of 50, one question at a time; and the same with one run. */
  readonly runList: Figures;
  readonly approvalList: Figures;
  readonly runListOfOne: Figures;
  readonly approvalListOfOne: Figures;
};

const RUNS = '/v1/runs?state=paused&limit=50';
const APPROVALS = '/v1/approvals?state=pending&limit=50';

/** Lets so many runs wait at once and asks for lists of them. */
export async function paused(place: Place, { waiting, lists }: Extent, log: (line: string) => void): Promise<Paused> {
  const here = await logPlace(place);
  try {
    const [runListOfOne, approvalListOfOne] = await listsOf(here, lists);
    const before = await memory(here);
    const began = performance.now();
    await here.add(waiting - 1);
    log(`${waiting} runs wait, and are seen to, after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    const after = await memory(here);
    const [runList, approvalList] = await listsOf(here, lists);
    const tables = await tableSizes(place.instance.adminUrl, 'run_orchestrator');
    return {
      ...{ runs: waiting, approvals: waiting, residentBytes: { before, after } },
      tableBytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
      ...{ runList, approvalList, runListOfOne, approvalListOfOne },
    };
  } finally {
    await here.close();
  }
}

async function listsOf(here: LogPlace, lists: number): Promise<readonly [Figures, Figures]> {
  const ask = (path: string) =>
    measure({ inFlight: 1, durationMs: Infinity, warmUpMs: 0, most: lists }, () =>
      expectOk(here.client.get(path, here.operatorKey)),
    );
  return [await ask(RUNS), await ask(APPROVALS)];
}

async function memory({ instance }: LogPlace): Promise<number> {
  const status = await instanceStatus(instance.home);
  return memoryOf(status.find(({ name }) => name === 'run-orchestrator')?.pid).residentBytes;
}
