import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseInput } from '../command.ts';
import { ledger } from '../commands/ledger.ts';
import { inHome, startVictim, type Victim } from './tampering.features.ts';

let victim: Victim;
let place: string;
let vkey: string;
const at = (...names: string[]): string => join(place, ...names);
const make = (...args: string[]) => inHome(victim.home, (io) => ledger.run(parseInput(args, ledger), io));

beforeAll(async () => {
  victim = await startVictim();
  for (let n = 0; n < 2; n++) await victim.append(300);
  place = mkdtempSync(join(tmpdir(), 'causeway-bundles-'));
  expect(await make('export', '--out', at('whole'))).toMatchObject({ code: 0 });
  expect(await make('export', '--out', at('whole.tar'))).toMatchObject({ code: 0 });
  expect(await make('export', '--from', '300', '--to', '400', '--out', at('part'))).toMatchObject({ code: 0 });
  vkey = readFileSync(at('whole', 'proof', 'vkey'), 'utf8').trim();
}, 120_000);
afterAll(async () => {
  await victim?.stop();
  if (place) rmSync(place, { recursive: true, force: true });
}, 60_000);

const check = (name: string, ...more: string[]) => victim.verify('--offline', at(name), '--vkey', vkey, ...more);

/** A copy of a bundle with one thing about it changed. */
async function changed(bundle: string, change: (copy: string) => void) {
  const copy = `${bundle}-copy`;
  rmSync(at(copy), { recursive: true, force: true });
  cpSync(at(bundle), at(copy), { recursive: true });
  change(at(copy));
  return check(copy);
}
function flip(path: string, offset = -10): void {
  const bytes = readFileSync(path);
  const index = offset < 0 ? bytes.length + offset : offset;
  bytes[index] = bytes[index]! ^ 1;
  writeFileSync(path, bytes);
}
/** Another letter of base64, so that the text stays well-formed whatever the signature is. */
function changeLetter(path: string, offset: number): void {
  const bytes = readFileSync(path);
  const index = bytes.length + offset;
  bytes[index] = bytes[index] === 0x41 ? 0x42 : 0x41;
  writeFileSync(path, bytes);
}
/** Replaces part of a line of the events, by its number. */
function edit(path: string, line: number, change: (event: { [member: string]: unknown }) => object): void {
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, lines.with(line, JSON.stringify(change(JSON.parse(lines[line]!)))).join('\n'));
}
function swap(path: string, a: number, b: number): void {
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, lines.with(a, lines[b]!).with(b, lines[a]!).join('\n'));
}
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());

type Case = readonly [what: string, code: number, told: string, change: (copy: string) => void];
const CASES: readonly Case[] = [
  ['a byte of the checkpoint’s size', 1, 'SIGNATURE_WRONG', (copy) => flip(join(copy, 'checkpoint'), 29)],
  ['a byte of its signature', 1, 'SIGNATURE_WRONG', (copy) => changeLetter(join(copy, 'checkpoint'), -10)],
  ['a byte of a hash tile', 1, 'position 257: TILE_MISMATCH', (copy) => flip(join(copy, 'tile/0/001'), 40)],
  ['a byte of a higher tile', 1, 'position 256: TILE_MISMATCH', (copy) => flip(join(copy, 'tile/1/000.p/2'), 40)],
  [
    'a byte of an entry bundle',
    1,
    'position 256: ENTRIES_MISMATCH',
    (copy) => flip(join(copy, 'tile/entries/001'), 40),
  ],
  [
    'a byte of a leaf',
    1,
    'position 300: ',
    (copy) =>
      edit(join(copy, 'events.ndjson'), 300, (event) => ({
        ...event,
        leaf: String(event['leaf']).replace(/.(?=.{40}$)/, 'A'),
      })),
  ],
  [
    'a byte of data',
    1,
    'position 401: DATA_MISMATCH',
    (copy) =>
      edit(join(copy, 'events.ndjson'), 401, (event) => ({
        ...event,
        data: Buffer.from('{"note":"other"}').toString('base64'),
      })),
  ],
  [
    'data taken away',
    1,
    'position 401: DATA_MISSING',
    (copy) => edit(join(copy, 'events.ndjson'), 401, ({ data: _, salt: __, ...event }) => event),
  ],
  [
    'a member more',
    1,
    'position 300: LEAF_NOT_CANONICAL',
    (copy) => edit(join(copy, 'events.ndjson'), 300, (event) => ({ ...event, note: 'x' })),
  ],
  ['two events swapped', 1, 'position 300: ', (copy) => swap(join(copy, 'events.ndjson'), 300, 301)],
  [
    'the events cut off',
    1,
    'position 59',
    (copy) => truncateSync(join(copy, 'events.ndjson'), statSync(join(copy, 'events.ndjson')).size - 3_000),
  ],
  [
    'two tiles swapped',
    1,
    'position 0: TILE_MISMATCH',
    (copy) => {
      const [a, b] = ['tile/0/000', 'tile/0/001'].map((name) => readFileSync(join(copy, name)));
      writeFileSync(join(copy, 'tile/0/000'), b!);
      writeFileSync(join(copy, 'tile/0/001'), a!);
    },
  ],
  [
    'another log named',
    1,
    'ORIGIN_MISMATCH',
    (copy) =>
      writeFileSync(
        join(copy, 'bundle.json'),
        readFileSync(join(copy, 'bundle.json'), 'utf8').replace('tampering', 'something'),
      ),
  ],
  [
    'fewer events claimed',
    1,
    'position ',
    (copy) =>
      writeFileSync(join(copy, 'bundle.json'), readFileSync(join(copy, 'bundle.json'), 'utf8').replace('601', '512')),
  ],
  ['a manifest that is none', 2, 'bundle.json', (copy) => flip(join(copy, 'bundle.json'), 0)],
  ['a list of keys that is none', 2, 'keys.json', (copy) => flip(join(copy, 'keys.json'), 0)],
];

describe('a bundle', () => {
  it.each(['whole', 'whole.tar', 'part'])('is good as it was made: %s', async (name) => {
    const { code, out } = await check(name);
    expect([code, out]).toEqual([0, expect.stringContaining('good:')]);
  });

  it.each(CASES)('shows %s', async (_, code, told, change) => {
    expect(await changed('whole', change)).toEqual({ code, out: expect.stringContaining(told) });
  });

  it.each(['whole', 'part'])(
    'is not good without any of its files that prove something: %s',
    async (name) => {
      const beside = /^(VERIFY\.md|foreign\/|proof\/)/;
      const needed = filesIn(at(name)).filter((file) => !beside.test(file));
      const codes = new Map<string, number>();
      for (const file of needed) codes.set(file, (await changed(name, (copy) => rmSync(join(copy, file)))).code);
      expect([...codes].filter(([, code]) => code === 0)).toEqual([]);
      const cannotTell = [...codes].filter(([, code]) => code === 2).map(([file]) => file);
      expect(cannotTell.sort()).toEqual(['bundle.json', 'checkpoint', 'events.ndjson', 'keys.json']);
      process.stdout.write(`tampering: ${CASES.length + needed.length} cases on the bundle ${name}\n`);
    },
    60_000,
  );

  it('is not believed under the key of somebody else', async () => {
    const other = 'ledger.test/tampering/main+00000000+AAAA';
    expect(await victim.verify('--offline', at('whole'), '--vkey', vkey, '--forget')).toMatchObject({ code: 0 });
    await expect(victim.verify('--offline', at('whole'), '--vkey', other)).rejects.toThrow('--vkey');
  });

  it('in half a tar file can tell nothing', async () => {
    cpSync(at('whole.tar'), at('half.tar'));
    truncateSync(at('half.tar'), 20_000);
    expect((await check('half.tar')).code).toBe(2);
    expect((await check('nowhere')).code).toBe(2);
  });

  it('is bad when a witness is asked for and none cosigned', async () => {
    expect(await check('whole', '--require-witness', '1')).toEqual({
      code: 1,
      out: expect.stringContaining('WITNESS_MISSING'),
    });
  });

  it('is never written over', async () => {
    expect(await make('export', '--out', at('whole'))).toEqual({
      code: 1,
      out: expect.stringContaining('is there already'),
    });
  });

  it('that is older than what was seen is told to be', async () => {
    expect(await victim.verify()).toMatchObject({ code: 0 });
    await victim.append(10);
    expect(await victim.verify()).toMatchObject({ code: 0 });
    expect((await check('whole')).out).toContain('this is an older copy');
    expect(await check('whole')).toMatchObject({ code: 0 });
  });
});
