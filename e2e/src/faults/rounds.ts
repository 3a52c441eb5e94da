import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@causeway/testing';
import { auditorOf, type Auditor, type Damage } from './auditor.ts';
import type { Fault, Scene } from './faults.ts';
import { startLoad } from './load-process.ts';
import { replicasOn } from './replicas.ts';
import type { Stage } from './stage.ts';

/** What one fault did, over all its rounds. */
export type Row = Damage & {
  readonly fault: string;
  readonly rounds: number;
  readonly acknowledged: number;
  /** Longest time from the fault to the first term of another replica, in ms; absent when none had to begin. */
  readonly takeoverMs?: number;
  /** Longest time without any acknowledgement, in ms. */
  readonly outageMs: number;
};

export type RoundsOptions = { readonly rounds: number; readonly stopMs: number; readonly log: (line: string) => void };

/** Acknowledgements after a fault that show that the ledger works again. */
const ENOUGH = 50;
const POLL_MS = 10;
const NAMES = ['ledger-1', 'ledger-2'];

/** Two replicas under constant load from other processes; each fault strikes so many times, and after each time everything is checked. */
export async function runRounds(
  stage: Stage,
  faults: readonly Fault[],
  options: RoundsOptions,
): Promise<readonly Row[]> {
  const replicas = replicasOn(stage);
  for (const name of NAMES) await replicas.start(name);
  const load = startLoad(stage);
  try {
    const auditor = auditorOf(stage.admin, await stage.connect('audit-ledger'));
    const scene: Scene = { stage, replicas, load, stopMs: options.stopMs };
    await newAcknowledgements(scene);
    const rows: Row[] = [];
    for (const fault of faults) rows.push(await strikeAgainAndAgain(fault, { scene, auditor, ...options }));
    // What came since the last round is checked as well, and so published, before the replicas end.
    await load.pause();
    const rest = await auditor.check(load.acknowledged);
    return rows.map((row, index) => (index === rows.length - 1 ? worse(row, rest, { outageMs: 0 }) : row));
  } finally {
    load.stop();
    await replicas.stop();
  }
}

type Round = RoundsOptions & { readonly scene: Scene; readonly auditor: Auditor };

async function strikeAgainAndAgain(fault: Fault, { scene, auditor, rounds, log }: Round): Promise<Row> {
  const { load, replicas } = scene;
  const before = load.acknowledged.length;
  let row: Row = { fault: fault.name, rounds, acknowledged: 0, ...NO_DAMAGE, outageMs: 0 };
  for (let round = 1; round <= rounds; round++) {
    const times = await strikeOnce(fault, scene);
    await replicas.settled();
    await load.pause();
    row = worse(row, await auditor.check(load.acknowledged), times);
    load.goOn();
    await newAcknowledgements(scene);
    log(`${fault.name} ${round}/${rounds}: takeover ${times.takeoverMs ?? '–'} ms, outage ${times.outageMs} ms`);
  }
  return { ...row, acknowledged: load.acknowledged.length - before };
}

const NO_DAMAGE: Damage = { lost: 0, duplicates: 0, gaps: 0, forks: 0, details: [] };

type Times = { readonly takeoverMs?: number; readonly outageMs: number };

function worse(row: Row, damage: Damage, { takeoverMs, outageMs }: Times): Row {
  return {
    ...row,
    lost: row.lost + damage.lost,
    duplicates: row.duplicates + damage.duplicates,
    gaps: row.gaps + damage.gaps,
    forks: row.forks + damage.forks,
    details: [...row.details, ...damage.details],
    ...(takeoverMs === undefined ? {} : { takeoverMs: Math.max(row.takeoverMs ?? 0, takeoverMs) }),
    outageMs: Math.max(row.outageMs, outageMs),
  };
}

async function strikeOnce(fault: Fault, scene: Scene): Promise<Times> {
  const { acknowledged } = scene.load;
  const first = Math.max(0, acknowledged.length - 1);
  const began = Date.now();
  const takeover = fault.unseats ? nextTerm(scene, began) : undefined;
  await fault.strike(scene);
  await newAcknowledgements(scene);
  const times = acknowledged.slice(first).map(({ at }) => at);
  const outageMs = longestGap(times.sort((a, b) => a - b));
  return { outageMs, ...(takeover ? { takeoverMs: await takeover } : {}) };
}

/** How long after `began` another term begins, in ms. */
async function nextTerm({ replicas }: Scene, began: number): Promise<number> {
  const { epoch } = await replicas.leader();
  await until('another term begins', async () => {
    await sleep(POLL_MS);
    return (await replicas.leader()).epoch > epoch;
  });
  return Date.now() - began;
}

async function newAcknowledgements({ load }: Scene): Promise<void> {
  const from = load.acknowledged.length;
  await until('appends are acknowledged again', () => {
    load.check();
    return load.acknowledged.length >= from + ENOUGH;
  });
}

function longestGap(times: readonly number[]): number {
  return times.slice(1).reduce((longest, at, index) => Math.max(longest, at - times[index]!), 0);
}
