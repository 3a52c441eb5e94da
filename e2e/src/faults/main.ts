import { parseArgs } from 'node:util';
import { FAULTS, type Fault } from './faults.ts';
import { runRounds, type Row } from './rounds.ts';
import { openStage } from './stage.ts';
import { asTable, isUnharmed } from './table.ts';

const UNCLEAR = 2;
const log = (line: string): void => void process.stderr.write(`${line}\n`);

type Wish = { readonly rounds: number; readonly stopMs: number; readonly faults: readonly Fault[] };

/** Throws, in words for whoever typed it, when an argument cannot be understood. */
function wishOf(args: readonly string[]): Wish {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '20' },
      only: { type: 'string', multiple: true },
      'stop-seconds': { type: 'string', default: '10' },
    },
  });
  const [rounds, stopSeconds] = [Number(values.rounds), Number(values['stop-seconds'])];
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError('--rounds takes a whole number from 1 up');
  if (!(stopSeconds > 0)) throw new RangeError('--stop-seconds takes a number above 0');
  const names = values.only ?? FAULTS.map(({ name }) => name);
  const faults = FAULTS.filter(({ name }) => names.includes(name));
  const unknown = names.find((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown !== undefined)
    throw new RangeError(`there is no fault ${unknown}; there are ${FAULTS.map(({ name }) => name).join(', ')}`);
  return { rounds, stopMs: stopSeconds * 1_000, faults };
}

/** A stage of its own for each fault, so that what one leaves behind does not meet the next. */
async function run({ faults, ...options }: Wish): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const fault of faults) {
    const stage = await openStage(log);
    try {
      log(`${fault.name}: ${fault.does}`);
      if (fault.name === 'disk-full') log(`the disk is full by this: ${stage.disk.kind}`);
      rows.push(...(await runRounds(stage, [fault], { ...options, log })));
    } finally {
      await stage.stop();
    }
  }
  return rows;
}

try {
  const rows = await run(wishOf(process.argv.slice(2)));
  process.stdout.write(`${asTable(rows)}\n`);
  for (const { fault, details } of rows) for (const detail of details) log(`${fault}: ${detail}`);
  process.exitCode = isUnharmed(rows) ? 0 : 1;
} catch (error) {
  const isUnclear = error instanceof RangeError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  log(isUnclear ? (error as Error).message : ((error as Error).stack ?? String(error)));
  process.exitCode = isUnclear ? UNCLEAR : 1;
}
