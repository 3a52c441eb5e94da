import { writeFileSync } from 'node:fs';
import {
  cosign,
  formatCheckpoint,
  formatSignature,
  formatVerifierKey,
  newSigningKey,
  parseCheckpoint,
  parseNote,
  signNote,
} from '@causeway/ledger';
import { memoryFile, ORIGIN, readText, rewrite, startVictim, WITNESS, type Victim } from './tampering.features.ts';

let victim: Victim;
const SIZE = 601;
let memory: string;

beforeAll(async () => {
  victim = await startVictim();
  await victim.append(300);
  await victim.keep('older');
  await victim.append(300);
  expect(await victim.verify()).toMatchObject({ code: 0 });
  const [checkpoint] = (await victim.sql('select note from checkpoint where size = $1', [SIZE])) as unknown as {
    note: string;
  }[];
  const line = formatSignature(cosign(parseNote(checkpoint!.note).text, WITNESS, 1_800_000_000));
  await victim.sql('insert into cosignature values ($1, $2, $3, now())', [SIZE, formatVerifierKey(WITNESS), line]);
  expect(await victim.verify('--require-witness', '1')).toMatchObject({ code: 0 });
  memory = readText(memoryFile(victim.home));
  await victim.keep('good');
}, 120_000);
afterAll(() => victim?.stop(), 60_000);
afterEach(async () => {
  await victim.restore('good');
  writeFileSync(memoryFile(victim.home), memory);
});

const flip = (table: string, column: string, where: string, at = 20): string =>
  `update ${table} set ${column} = set_byte(${column}, ${at}, get_byte(${column}, ${at}) # 1) where ${where}`;
const foreignKey = newSigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(9));
const noteOf = async (): Promise<string> =>
  ((await victim.sql('select note from checkpoint where size = $1', [SIZE])) as unknown as { note: string }[])[0]!.note;
const setNote = (note: string): Promise<unknown> =>
  victim.sql('update checkpoint set note = $1 where size = $2', [note, SIZE]);
const spoil = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

type Case = readonly [what: string, told: string, tamper: string | (() => Promise<unknown>)];

/** Every column of which something can be proven, changed. */
const FLIPS: readonly Case[] = [
  ['event.position', 'position 400: POSITION_GAP', 'update event set position = 9999 where position = 400'],
  ['event.stream', 'position 400: FIELD_MISMATCH', `update event set stream = 'other' where position = 400`],
  ['event.version', 'position 400: FIELD_MISMATCH', 'update event set version = 9999 where position = 400'],
  ['event.id', 'position 400: FIELD_MISMATCH', 'update event set id = gen_random_uuid() where position = 400'],
  ['event.type', 'position 400: FIELD_MISMATCH', `update event set type = 'step.denied' where position = 400`],
  ['event.scope', 'position 400: FIELD_MISMATCH', `update event set scope = 'other' where position = 400`],
  ['event.leaf', 'position 400: LEAF_HASH_MISMATCH', flip('event', 'leaf', 'position = 400')],
  ['event.leaf_hash', 'position 400: LEAF_HASH_MISMATCH', flip('event', 'leaf_hash', 'position = 400')],
  ['event.chain', 'position 400: CHAIN_BROKEN', flip('event', 'chain', 'position = 400')],
  [
    'event.archived_by, in place of a leaf',
    'position 400: LEAF_MISSING',
    'update event set leaf = null, archived_by = 7 where position = 400',
  ],
  ['event_data.position', 'position 401: DATA_MISSING', 'update event_data set position = 9999 where position = 401'],
  ['event_data.salt', 'position 401: DATA_MISMATCH', flip('event_data', 'salt', 'position = 401')],
  ['event_data.data', 'position 401: DATA_MISMATCH', flip('event_data', 'data', 'position = 401', 3)],
  ['checkpoint.size', 'checkpoint', `update checkpoint set size = ${SIZE + 1} where size = ${SIZE}`],
  ['checkpoint.root', 'position 0: FIELD_MISMATCH', flip('checkpoint', 'root', `size = ${SIZE}`)],
  [
    'checkpoint.note, its size',
    'SIGNATURE_WRONG',
    async () => setNote((await noteOf()).replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`)),
  ],
  ['checkpoint.note, its root', 'SIGNATURE_WRONG', async () => setNote(spoil(await noteOf(), ORIGIN.length + 8))],
  [
    'checkpoint.note, its signature',
    'SIGNATURE_WRONG',
    async () => setNote(spoil(await noteOf(), (await noteOf()).length - 20)),
  ],
  [
    'cosignature.line',
    'COSIGNATURE_WRONG',
    `update cosignature set line = overlay(line placing case when substring(line from 60 for 1) = 'A' then 'B' else 'A' end from 60 for 1)`,
  ],
  ['ledger_head.chain', `position ${SIZE - 1}: HEAD_MISMATCH`, flip('ledger_head', 'chain', 'true')],
  ['ledger_head.next_position', 'position ', `update ledger_head set next_position = next_position - 1`],
];

/** The ledger remembers tiles that it has read: these are changed while it is down. */
const TILES: readonly Case[] = [
  ['tile.hashes', 'position 256: TILE_MISMATCH', flip('tile', 'hashes', 'level = 0 and index = 1')],
  ['tile.root', 'position 256: TILE_MISMATCH', flip('tile', 'root', 'level = 0 and index = 1')],
  ['tile.index', 'position 256: TILE_', 'update tile set index = 99 where level = 0 and index = 1'],
  [
    'a tile in place of another',
    'position 256: TILE_MISMATCH',
    `update tile set hashes = (select hashes from tile where level = 0 and index = 0) where level = 0 and index = 1`,
  ],
];

/** Larger changes, with every hash beside them as it was. */
const CHANGES: readonly Case[] = [
  [
    'two events swapped',
    'position 300: ',
    `update event set position = position + 100000 where position in (300, 301);
    update event set position = 100601 - position where position > 100000`,
  ],
  ['an event deleted in the middle', 'position 300: POSITION_GAP', 'delete from event where position = 300'],
  [
    'the end deleted, head and all',
    'position 500: POSITION_GAP',
    `delete from event where position >= 500; delete from tile where index > 0;
    update ledger_head set next_position = 500, chain = (select chain from event where position = 499)`,
  ],
  ['the end deleted alone', 'position 500: POSITION_GAP', 'delete from event where position >= 500'],
  [
    'data of two events swapped',
    'position 401: DATA_MISMATCH',
    `update event_data set position = -position where position in (401, 403);
    update event_data set position = 804 + position where position < 0`,
  ],
  [
    'the data of one event under another',
    'position 401: DATA_MISMATCH',
    `update event_data a set data = b.data, salt = b.salt from event_data b
    where a.position = 401 and b.position = 403`,
  ],
  [
    'an event in place of another, hashes beside it as they were',
    'position 300: LEAF_HASH_MISMATCH',
    'update event set leaf = (select leaf from event where position = 302) where position = 300',
  ],
  [
    'a checkpoint signed by another key',
    'SIGNER_UNKNOWN',
    async () => {
      const { size, root } = parseCheckpoint(parseNote(await noteOf()).text);
      await setNote(signNote(formatCheckpoint({ origin: ORIGIN, size, root }), [foreignKey]));
    },
  ],
  [
    'a checkpoint of another log',
    'ORIGIN_MISMATCH',
    async () => {
      const { size, root } = parseCheckpoint(parseNote(await noteOf()).text);
      await setNote(signNote(formatCheckpoint({ origin: 'ledger.test/other/main', size, root }), [foreignKey]));
    },
  ],
  [
    'an event forged into the middle, all chained anew',
    'ROOT_MISMATCH',
    () => rewrite(victim, (leaves) => leaves.toSpliced(300, 1, { ...leaves[300]!, time: '2020-01-01T00:00:00.000Z' })),
  ],
  [
    'two events in another order, all chained anew',
    'ROOT_MISMATCH',
    () => rewrite(victim, (leaves) => leaves.toSpliced(300, 2, leaves[301]!, leaves[300]!)),
  ],
  [
    'the log rewritten and its checkpoints gone',
    'HISTORY_CHANGED',
    async () => {
      await rewrite(victim, (leaves) => leaves.toSpliced(300, 2, leaves[301]!, leaves[300]!));
      await victim.sql('truncate checkpoint, cosignature');
    },
  ],
];

describe('whoever controls the database', () => {
  it.each([...FLIPS, ...CHANGES])(
    'is found out: %s',
    async (_, told, tamper) => {
      await (typeof tamper === 'string' ? victim.sql(tamper) : tamper());
      const { code, out } = await victim.verify();
      expect([code, out]).toEqual([1, expect.stringContaining(told)]);
      expect(out).toMatch(/BAD from position \d+ on/);
    },
    30_000,
  );

  describe('while the ledger is down', () => {
    afterAll(() => victim.whileDown(() => victim.restore('good')), 60_000);

    it.each(TILES)(
      'is found out: %s',
      async (_, told, tamper) => {
        await victim.whileDown(() => victim.sql(String(tamper)));
        const { code, out } = await victim.verify();
        expect([code, out]).toEqual([1, expect.stringContaining(told)]);
      },
      60_000,
    );

    it('is found out: an older copy put back, by who verifies and by the ledger itself', async () => {
      await victim.whileDown(() => victim.restore('older'));
      const { code, out } = await victim.verify();
      expect([code, out]).toEqual([1, expect.stringContaining('position 301: HISTORY_SHORTENED')]);
      const forgetful = await victim.verify('--forget');
      expect([forgetful.code, forgetful.out]).toEqual([1, expect.stringContaining('position 301: SIGNER_REFUSES')]);
      expect((await victim.append(1))?.code).toBe('LEDGER_ROLLED_BACK');
    }, 60_000);
  });

  it('puts back what was there, and it is good', async () => {
    expect(await victim.verify()).toMatchObject({ code: 0 });
  });

  it('is found out: the log of another name in place of this one', async () => {
    writeFileSync(memoryFile(victim.home), memory.replaceAll(ORIGIN, 'ledger.test/before/main'));
    const { code, out } = await victim.verify();
    expect([code, out]).toEqual([1, expect.stringContaining('position 0: ORIGIN_MISMATCH')]);
  });

  it('is not helped by a memory that cannot be read: then nothing can be told', async () => {
    writeFileSync(memoryFile(victim.home), memory.slice(0, -20));
    expect(await victim.verify()).toMatchObject({ code: 2 });
  });

  it('can change only what says nothing of what happened: every other column is in the battery', async () => {
    const rows = await victim.sql(
      `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'audit_ledger' and table_name <> 'migration'`,
    );
    // What was answered to whom, how far was published, which erasure was carried out, who leads, when a note was stored: nothing of it is evidence. A tile of another level is
    // a tile that lacks, and the ledger makes it anew.
    const operational =
      /^(append_batch|publication|erasure_done)\.|^ledger_head\.(epoch|leader|log)$|^tile\.level$|^checkpoint\.signed_at$|^cosignature\.(size|witness|cosigned_at)$/;
    const covered = new Set([...FLIPS, ...TILES].map(([what]) => what.split(',')[0]));
    const names = (rows as unknown as { name: string }[]).map(({ name }) => name);
    expect(names.filter((name) => !covered.has(name) && !operational.test(name))).toEqual([]);
    process.stdout.write(`tampering: ${FLIPS.length + CHANGES.length + TILES.length + 2} cases on a running ledger\n`);
  });
});
