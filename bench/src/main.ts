import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startInstance, stopInstance } from '@causeway/provisioning';
import { startChild } from './child.ts';
import { commitFloor, natsFloor, stepFloor } from './floors/floors.ts';
import { governedSteps } from './ours/governed-steps.ts';
import { ledgerAppends } from './ours/ledger-appends.ts';
import { asJson, asTable, type Row } from './report.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, seconds: { type: 'string', default: '5' } } });
const durationMs = Number(values.seconds) * 1_000;
if (!(durationMs > 0)) throw new RangeError('--seconds takes a number above 0');
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const LOADS = [1, 64];
/** Until the services' code has been compiled for good. */
const WARM_UP_MS = 10_000;

/** Measures on an instance of its own, made for the purpose and thrown away; floors and ours in turn, so that both meet the same machine. */
async function run(): Promise<readonly Row[]> {
  const home = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  const instance = await startInstance({ home, log });
  const content = await startChild('./content-server.ts', { BENCH_PORT: String(instance.ports['demo-content']) });
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
    // Last, since it leaves tens of thousands of events behind.
    for (const load of LOADS) {
      await add('floor: group-commit insert', load, { figures: commitFloor(options, load) });
      await add('ledger append', load, { figures: ledgerAppends(options, load), floor: 'floor: group-commit insert' });
    }
  } finally {
    await content.stop();
    await stopInstance({ home });
    rmSync(home, { recursive: true, force: true });
  }
  return rows;
}

const rows = await run();
process.stdout.write(`${values.json ? asJson(rows) : asTable(rows)}\n`);
