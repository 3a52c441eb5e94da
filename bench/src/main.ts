import { parseArgs } from 'node:util';
import { isPart as isEgressPart, PARTS as EGRESS_PARTS } from './egress/options.ts';
import { egressBench } from './egress/egress-bench.ts';
import { egressReport } from './egress/egress-report.ts';
import { isPart as isLedgerPart, PARTS as LEDGER_PARTS } from './ledger/options.ts';
import { ledgerBench } from './ledger/ledger-bench.ts';
import { ledgerReport } from './ledger/ledger-report.ts';
import { isPart as isRunsPart, PARTS as RUNS_PARTS } from './runs/options.ts';
import { runsBench } from './runs/runs-bench.ts';
import { runsReport } from './runs/runs-report.ts';

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
const windowMs = Number(values.seconds) * 1_000;
if (!(windowMs > 0)) throw new RangeError('--seconds takes a number above 0');
const log = (line: string): void => void process.stderr.write(`${line}\n`);

function partsOf<Part extends string>(known: readonly Part[], isPart: (name: string) => name is Part): readonly Part[] {
  const parts: readonly string[] = values.part ?? known;
  if (parts.every(isPart)) return parts;
  throw new RangeError(`--part takes one of ${known.join(', ')}`);
}

const common = {
  ...{ size: values.quick ? ('quick' as const) : ('full' as const), windowMs },
  ...(values.rows === undefined ? {} : { rows: values.rows }),
  ...(values.profile === undefined ? {} : { profileFolder: values.profile }),
};

async function runs(): Promise<string> {
  const measured = await runsBench({ ...common, parts: partsOf(RUNS_PARTS, isRunsPart) }, log);
  return values.json ? JSON.stringify(measured, null, 2) : runsReport(measured);
}

async function ledger(): Promise<string> {
  const measured = await ledgerBench({ ...common, parts: partsOf(LEDGER_PARTS, isLedgerPart) }, log);
  return values.json ? JSON.stringify(measured, null, 2) : ledgerReport(measured);
}

async function egress(): Promise<string> {
  const measured = await egressBench({ ...common, parts: partsOf(EGRESS_PARTS, isEgressPart) }, log);
  return values.json ? JSON.stringify(measured, null, 2) : egressReport(measured);
}

const BENCHES: { readonly [name: string]: () => Promise<string> } = { runs, ledger, egress };
const known = Object.keys(BENCHES);
const [name] = positionals;
if (name !== undefined && !Object.hasOwn(BENCHES, name))
  throw new RangeError(`there is no bench ${name}; there are ${known.join(', ')}, see bench/README.md`);
if (name === undefined && (values.part ?? values.rows) !== undefined)
  throw new RangeError(`--part and --rows are of one bench: name it, one of ${known.join(', ')}`);
const wanted = name === undefined ? known : [name];
for (const each of wanted) {
  if (wanted.length > 1) log(`bench ${each}`);
  process.stdout.write(`${await BENCHES[each]!()}\n`);
}
