import { parseArgs } from 'node:util';
import { isPart, PARTS } from './ledger/options.ts';
import { ledgerBench, type LedgerBenchArguments } from './ledger/ledger-bench.ts';
import { ledgerReport } from './ledger/ledger-report.ts';
import { asJson, asTable } from './report.ts';
import { stepsBench } from './steps/steps-bench.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    seconds: { type: 'string', default: '5' },
    quick: { type: 'boolean' },
    part: { type: 'string', multiple: true },
    rows: { type: 'string' },
    profile: { type: 'string' },
  },
});
const durationMs = Number(values.seconds) * 1_000;
if (!(durationMs > 0)) throw new RangeError('--seconds takes a number above 0');
const log = (line: string): void => void process.stderr.write(`${line}\n`);

async function governedSteps(): Promise<string> {
  const rows = await stepsBench({ durationMs, log });
  return values.json ? asJson(rows) : asTable(rows);
}

async function ledger(): Promise<string> {
  const measured = await ledgerBench(ledgerArguments(), log);
  return values.json ? JSON.stringify(measured, null, 2) : ledgerReport(measured);
}

function ledgerArguments(): LedgerBenchArguments {
  const parts = values.part ?? PARTS;
  if (!parts.every(isPart)) throw new RangeError(`--part takes one of ${PARTS.join(', ')}`);
  return {
    size: values.quick ? 'quick' : 'full',
    windowMs: durationMs,
    parts,
    ...(values.rows === undefined ? {} : { rows: values.rows }),
    ...(values.profile === undefined ? {} : { profileFolder: values.profile }),
  };
}

const BENCHES: { readonly [name: string]: () => Promise<string> } = { steps: governedSteps, ledger };
const [name = 'steps'] = positionals;
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (!bench)
  throw new RangeError(
    `there is no bench ${name}; there are ${Object.keys(BENCHES).join(' and ')}, see bench/README.md`,
  );
process.stdout.write(`${await bench()}\n`);
