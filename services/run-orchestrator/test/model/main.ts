import { parseArgs } from 'node:util';
import { checkAgainstModel, inWords } from './check.ts';
import { add, missingIn, noCoverage, tableOf } from './coverage.ts';

/** Sequences when nobody says how many: some minutes. */
const MANY = '50000';
/** Played between two lines of the report. */
const AT_ONCE = 5_000;

const { values } = parseArgs({ options: { sequences: { type: 'string', default: MANY }, seed: { type: 'string' } } });
const wanted = Number(values.sequences);
const firstSeed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!Number.isSafeInteger(wanted) || wanted < 1 || !Number.isSafeInteger(firstSeed)) {
  process.stderr.write('--sequences takes a whole number from 1 on, --seed a whole number\n');
  process.exit(2);
}

const sum = { sequences: 0, crashes: 0, messages: 0, coverage: noCoverage() };
for (let seed = firstSeed; sum.sequences < wanted && process.exitCode !== 1; seed++) {
  const verdict = await checkAgainstModel({ sequences: Math.min(AT_ONCE, wanted - sum.sequences), seed });
  sum.sequences += verdict.sequences;
  sum.crashes += verdict.crashes;
  sum.messages += verdict.messages;
  add(sum.coverage, verdict.coverage);
  process.stdout.write(`seed ${seed}: ${inWords(sum)}\n`);
  if (verdict.counterexample === undefined) continue;
  process.stdout.write(`${verdict.counterexample}\n`);
  process.exitCode = 1;
}
process.stdout.write(`${tableOf(sum.coverage)}\n`);
const missing = missingIn(sum.coverage);
if (missing.length > 0) process.stdout.write(`never came up: ${missing.join('; ')}\n`);
