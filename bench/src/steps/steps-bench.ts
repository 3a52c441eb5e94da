import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInstance, stopInstance } from '@causeway/provisioning';
import { startChild } from '../child.ts';
import { asTable, type Row } from '../report.ts';
import { natsFloor, stepFloor } from './floors/floors.ts';
import { governedSteps } from './governed-steps.ts';

const LOADS = [1, 64];
/** Until the services' code has been compiled for good. */
const WARM_UP_MS = 10_000;

export type StepsBenchOptions = { readonly durationMs: number; readonly log: (line: string) => void };

/** Measures on an instance of its own, made for the purpose and thrown away; floors and ours in turn, so that both meet the same machine. */
export async function stepsBench({ durationMs, log }: StepsBenchOptions): Promise<readonly Row[]> {
  const home = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  const instance = await startInstance({ home, log });
  const content = await startChild('./steps/content-server.ts', {
    BENCH_PORT: String(instance.ports['demo-content']),
  });
  const port = (content.ready as { port: number }).port;
  const options = { instance, durationMs, contentUrl: `http://127.0.0.1:${port}/pages/0.md` };
  const governed = { ...options, pagesUrl: `http://content.demo.internal:${port}/pages` };
  const rows: Row[] = [];
  const add = async (
    name: string,
    inFlight: number,
    measured: { figures: Promise<Row['figures']>; floor?: string },
  ) => {
    const row = {
      name,
      inFlight,
      figures: await measured.figures,
      ...(measured.floor ? { floor: measured.floor } : {}),
    };
    rows.push(row);
    log(asTable([row]).split('\n')[1]!);
  };
  try {
    log('warming up');
    await governedSteps({ ...governed, durationMs: WARM_UP_MS }, 64);
    for (const load of LOADS) {
      await add('floor: NATS request/reply', load, { figures: natsFloor(options, load) });
      await add('floor: POST, NATS, two commits, GET', load, { figures: stepFloor(options, load) });
      await add('governed step', load, {
        figures: governedSteps(governed, load),
        floor: 'floor: POST, NATS, two commits, GET',
      });
    }
  } finally {
    await content.stop();
    await stopInstance({ home });
    rmSync(home, { recursive: true, force: true });
  }
  return rows;
}
