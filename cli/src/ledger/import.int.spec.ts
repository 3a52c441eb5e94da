import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  appendBy,
  erase,
  getCheckpoint,
  getHead,
  getLogKeys,
  proveConsistency,
  type Append,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { isConsistent, openCheckpoint, parseVerifierKey } from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import { parseInput } from '../command.ts';
import { ledger } from '../commands/ledger.ts';
import { inHome, memoryFile, ORIGIN, readText, startVictim, type Victim } from '../verify/tampering.features.ts';
import {
  emptyGround,
  importInto,
  removeSigner,
  runImport,
  signerIn,
  startFrom,
  type EmptyGround,
} from './import.features.ts';

const meta = { id: 'test', actor: { kind: 'operator', id: 'ann' } } as const;
const valueOf = <T>(reply: ReplyEnvelope<T>): T => {
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
};

let old: Victim;
let place: string;
let vkey: string;
let size: number;
const repeated = (appendId: string, text: string, count = 1): Append => ({
  appendId,
  writes: [
    {
      ...{ stream: 'test_moved', expected: 'any' },
      events: Array.from({ length: count }, (_, n) => ({
        id: appendId.replace(/.$/, String(n)),
        type: 'run.claimed',
        data: { note: text },
      })),
    },
  ],
});
const [single, several] = [randomUUID(), randomUUID()];
const appendOn = async (bus: Bus, request: Append) => bus.request(appendBy('run-orchestrator'), request, meta);
const at = (...names: string[]): string => join(place, ...names);
const lineOf = (line: number): string => readFileSync(at('whole', 'events.ndjson'), 'utf8').split('\n')[line]!;
const LETTER_A = 0x41;
/** Base64 stays base64: a letter takes the place of another. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  const index = bytes.length - 10;
  bytes[index] = bytes[index] === LETTER_A ? LETTER_A + 1 : LETTER_A;
  writeFileSync(path, bytes);
}
const exportTo = (from: Victim, ...args: string[]) =>
  inHome(from.home, (io) => ledger.run(parseInput(['export', ...args], ledger), io));

beforeAll(async () => {
  old = await startVictim();
  for (let n = 0; n < 2; n++) await old.append(300);
  const writer = await old.bus('run-orchestrator');
  valueOf(await appendOn(writer, repeated(single, 'alone')));
  valueOf(await appendOn(writer, repeated(several, 'together', 2)));
  const lost: Append = repeated(randomUUID(), 'to be forgotten');
  valueOf(await appendOn(writer, { ...lost, writes: [{ ...lost.writes[0]!, stream: 'test_erased' }] }));
  const erasure = { erasureId: randomUUID(), target: { stream: 'test_erased' }, reason: 'asked for' };
  valueOf(await (await old.bus('gateway')).request(erase, erasure, meta, { timeoutMs: 20_000 }));
  place = mkdtempSync(join(tmpdir(), 'causeway-import-'));
  expect(await exportTo(old, '--out', at('whole'))).toMatchObject({ code: 0 });
  expect(await exportTo(old, '--out', at('whole.tar'))).toMatchObject({ code: 0 });
  expect(await exportTo(old, '--from', '256', '--out', at('part'))).toMatchObject({ code: 0 });
  cpSync(signerIn(old), at('signer'), { recursive: true });
  vkey = readFileSync(at('whole', 'proof', 'vkey'), 'utf8').trim();
  size = openCheckpoint(readFileSync(at('whole', 'checkpoint'), 'utf8'), ORIGIN, [parseVerifierKey(vkey)]).size;
}, 120_000);
afterAll(async () => {
  await old?.stop();
  if (place) rmSync(place, { recursive: true, force: true });
}, 60_000);

/** Whether what the ledger signs now begins with what the bundle's checkpoint says. */
async function goesOnFromBundle(bus: Bus, signedBy: string): Promise<boolean> {
  const before = openCheckpoint(readFileSync(at('whole', 'checkpoint'), 'utf8'), ORIGIN, [parseVerifierKey(vkey)]);
  const { nextPosition: toSize } = valueOf(await bus.request(getHead, {}, meta));
  const { note } = valueOf(await bus.request(getCheckpoint, { minSize: toSize }, meta));
  const now = openCheckpoint(note, ORIGIN, [parseVerifierKey(signedBy)]);
  const sizes = { fromSize: before.size, toSize: now.size };
  const { proof } = valueOf(await bus.request(proveConsistency, sizes, meta));
  const hashes = proof.map((hash) => Buffer.from(hash, 'base64'));
  return now.size > before.size && isConsistent({ ...sizes, fromRoot: before.root, toRoot: now.root, proof: hashes });
}

describe('a log that goes on in another place, under its old key', () => {
  let moved: Victim;
  beforeAll(async () => {
    ({ victim: moved } = await startFrom(at('whole'), { signer: at('signer'), vkeys: [vkey] }));
  }, 60_000);
  afterAll(() => moved?.stop(), 60_000);

  it('is good, is remembered as seen, and tells of no other key', async () => {
    expect(JSON.parse(readText(memoryFile(moved.home)))).toMatchObject({
      instance: ORIGIN,
      logs: { [ORIGIN]: { size, keys: [vkey] } },
    });
    const { code, out } = await moved.verify();
    expect([code, out]).toEqual([0, expect.stringContaining(`${size} events`)]);
    const { keys } = valueOf(await (await moved.bus('sre')).request(getLogKeys, {}, meta));
    expect(keys.map((key) => key.vkey)).toEqual([vkey]);
  });

  it('gives what is appended the next position, and signs it as a continuation', async () => {
    const writer = await moved.bus('run-orchestrator');
    const next = repeated(randomUUID(), 'after the move');
    const [write] = next.writes;
    const reply = valueOf(await appendOn(writer, { ...next, writes: [{ ...write!, expected: 3 }] }));
    expect(reply).toEqual({ firstPosition: size, lastPosition: size, versions: { test_moved: 4 } });
    expect(await moved.verify('--vkey', vkey)).toMatchObject({ code: 0 });
    expect(await goesOnFromBundle(await moved.bus('sre'), vkey)).toBe(true);
  });

  it('knows the ids that were used before: one event that is sent again is answered, several are refused, nothing is doubled', async () => {
    const writer = await moved.bus('run-orchestrator');
    const before = valueOf(await (await moved.bus('sre')).request(getHead, {}, meta)).nextPosition;
    expect(await appendOn(writer, repeated(single, 'alone'))).toMatchObject({ ok: true });
    expect(await appendOn(writer, repeated(single, 'other'))).toMatchObject({ rejection: { code: 'EVENT_ID_REUSED' } });
    expect(await appendOn(writer, repeated(several, 'together', 2))).toMatchObject({
      rejection: { code: 'EVENT_ID_REUSED' },
    });
    expect(valueOf(await (await moved.bus('sre')).request(getHead, {}, meta)).nextPosition).toBe(before);
  });

  it('takes no second import', async () => {
    const { refusal } = await runImport(moved.env, at('whole'), [vkey]);
    expect(refusal).toMatch(/nothing was imported: the ledger holds \d+ events already.*take a new database/);
  });
});

describe('a log that goes on in another place, without its old key', () => {
  let moved: Victim;
  let told: string;
  beforeAll(async () => {
    ({ victim: moved, told } = await startFrom(at('whole.tar')));
  }, 60_000);
  afterAll(() => moved?.stop(), 60_000);

  it('announces its new key in the log, and is signed by it alone from there', async () => {
    const { keys } = valueOf(await (await moved.bus('sre')).request(getLogKeys, {}, meta));
    expect(keys.map((key) => key.vkey)).toEqual([vkey, expect.any(String)]);
    const fresh = keys[1]!.vkey;
    expect(told).toContain(fresh);
    expect(told).toContain(`keys log retire '${vkey}'`);
    expect(await moved.append(10)).toBeUndefined();
    expect(await moved.verify()).toMatchObject({ code: 0 });
    expect(await moved.verify('--vkey', vkey)).toMatchObject({
      code: 1,
      out: expect.stringContaining('SIGNER_UNKNOWN'),
    });
    expect(await goesOnFromBundle(await moved.bus('sre'), fresh)).toBe(true);
  });

  it('exports a bundle that proves its events by the key that signs', async () => {
    expect(await exportTo(moved, '--out', at('onwards'))).toMatchObject({ code: 0 });
    expect(readFileSync(at('onwards', 'proof', 'vkey'), 'utf8').trim()).not.toBe(vkey);
    expect(await moved.verify('--offline', at('onwards'))).toMatchObject({ code: 0 });
  });
});

describe('an import that is refused', () => {
  let empty: EmptyGround;
  beforeAll(async () => {
    empty = await emptyGround();
  }, 60_000);
  afterAll(() => empty?.stop());
  afterEach(async () => {
    expect(await empty.rows()).toBe(0);
    removeSigner(empty);
  });

  function copied(name: string, change: (copy: string) => void): string {
    rmSync(at('copy'), { recursive: true, force: true });
    cpSync(at(name), at('copy'), { recursive: true });
    change(at('copy'));
    return at('copy');
  }
  const edited = (line: number, change: (event: { [member: string]: string }) => object): string =>
    copied('whole', (copy) => {
      const file = join(copy, 'events.ndjson');
      const lines = readFileSync(file, 'utf8').split('\n');
      writeFileSync(file, lines.with(line, JSON.stringify(change(JSON.parse(lines[line]!)))).join('\n'));
    });
  const otherData = { data: Buffer.from('{"note":"other"}').toString('base64') };
  const signerAt = (signed: object): void => {
    cpSync(at('signer'), signerIn(empty), { recursive: true });
    const said = { origin: ORIGIN, size, root: '0'.repeat(64), ...signed };
    writeFileSync(join(signerIn(empty), 'last-signed.999999.json'), JSON.stringify(said));
  };

  it('holds a part of the log: the command says so, and the program does', async () => {
    const { code, out } = await importInto(empty, at('part'));
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/positions 256 to before \d+ of \d+ events: only a whole log/),
    ]);
    expect((await runImport(empty.env, at('part'), [vkey])).refusal).toContain('only a whole one can be gone on from');
  });

  it('does not verify: nothing is handed on', async () => {
    const { code, out } = await importInto(
      empty,
      edited(401, (event) => ({ ...event, ...otherData })),
    );
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/position 401: DATA_MISMATCH[^]*the bundle does not verify/),
    ]);
  });

  it.each([
    ['other data', 'position 401: DATA_MISMATCH', () => edited(401, (event) => ({ ...event, ...otherData }))],
    ['a leaf that is none', 'from position 0 on', () => edited(300, (event) => ({ ...event, leaf: 'AAAA' }))],
    ['an event twice', 'duplicate key', () => edited(301, () => ({ ...JSON.parse(lineOf(300)), position: 301 }))],
    ['data taken away', 'DATA_MISSING', () => edited(401, ({ position, leaf }) => ({ position, leaf }))],
    ['a tile changed', 'TILE_MISMATCH', () => copied('whole', (copy) => flip(join(copy, 'tile/0/001')))],
    [
      'a signature changed',
      'SIGNATURE_WRONG|not that of this text',
      () => copied('whole', (copy) => flip(join(copy, 'checkpoint'))),
    ],
  ])('changed between the check and the import: %s', async (_, told, bundle) => {
    expect((await runImport(empty.env, bundle(), [vkey])).refusal).toMatch(
      new RegExp(`^nothing was imported: .*(${told})`),
    );
  });

  it('is signed by another key than the one that is believed', async () => {
    const other = 'ledger.test/tampering/main+f1ee6aeb+AYl0UwyYqO4Jy6LQaqYlU0WHHvHEq9yYcyqpL5hjSWPQ';
    const { refusal } = await runImport(empty.env, at('whole'), [other]);
    expect(refusal).toMatch(/nothing was imported: /);
  });

  it('is of a log of another name', async () => {
    const { refusal } = await runImport({ ...empty.env, CAUSEWAY_LEDGER_ORIGIN: 'ledger.test/another' }, at('whole'), [
      vkey,
    ]);
    expect(refusal).toMatch(/is of the log ledger\.test\/tampering\/main, this ledger is ledger\.test\/another/);
  });

  it('is older than what this machine has seen of the log', async () => {
    const memory = { version: 2, logs: { [ORIGIN]: { size: size + 1, keys: [], witnesses: [] } } };
    mkdirSync(join(empty.home, 'verify'), { recursive: true });
    writeFileSync(memoryFile(empty.home), JSON.stringify(memory));
    const { code, out } = await importInto(empty, at('whole'));
    rmSync(memoryFile(empty.home));
    expect([code, out]).toEqual([1, expect.stringContaining('to go on from it would undo the rest')]);
  });

  it.each([
    ['signed more', 'has signed \\d+ events, the bundle holds', { size: 9_999 }],
    ['is an older copy', 'remembers a signed tree of 5 events', { size: 5 }],
    ['signed another history', 'has signed another log', {}],
  ])('comes with a signer that %s', async (_, told, signed) => {
    signerAt(signed);
    expect((await runImport(empty.env, at('whole'), [vkey])).refusal).toMatch(new RegExp(told));
  });

  it('comes with keys whose memory is missing', async () => {
    cpSync(at('signer', 'keys.json'), join(signerIn(empty), 'keys.json'));
    expect((await runImport(empty.env, at('whole'), [vkey])).refusal).toContain('no last-signed');
  });
});
