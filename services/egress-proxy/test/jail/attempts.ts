import { connect } from 'node:net';
import { markOf } from './addresses.ts';
import { outcomeOf, type Known, type Told } from './attempt.ts';
import { DIRECT } from './direct.features.ts';
import { ALLOWED, PROXIED } from './proxied-attempts.ts';

/** Makes every attempt, one after the other, from wherever this process is, and prints what each was told. */
const [, , knownJson = '{}', ...groups] = process.argv;
const known = JSON.parse(knownJson) as Known;
const GROUPS = { direct: DIRECT, proxied: PROXIED, allowed: ALLOWED };

const isThere = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(known.proxyPort, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 20));

for (const group of groups)
  for (const { name, make } of GROUPS[group as keyof typeof GROUPS]) {
    const told: Told = { name, told: await outcomeOf(make(markOf(name), known)) };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
process.exit(0);
