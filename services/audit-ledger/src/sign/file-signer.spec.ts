import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compactRange,
  consistencyProof,
  EMPTY_ROOT,
  openCheckpoint,
  parseSigningKey,
  parseVerifierKey,
  rootOf,
  type HashReader,
} from '@causeway/ledger';
import { fileSigner } from './file-signer.ts';
import type { Signer, Succession } from './signer.ts';

const ORIGIN = 'ledger.test/signer';
const AT = '2026-01-01T00:00:00.000Z';
const leaves = (count: number, kind = 1): Uint8Array[] =>
  Array.from({ length: count }, (_, n) => new Uint8Array(32).fill(kind).fill(n, 0, 1));

const reading =
  (all: readonly Uint8Array[]): HashReader =>
  async (nodes) =>
    nodes.map(({ level, index }) => rootOf(all.slice(index * 2 ** level, (index + 1) * 2 ** level)));

/** From a tree of `fromSize` leaves to one of `size`; of another `kind`: another history. */
async function succession(fromSize: number, size: number, kind = 1): Promise<Succession> {
  const all = leaves(size, kind);
  const proof = fromSize < size ? await consistencyProof(fromSize, size, reading(all)) : [];
  return { fromSize, to: { size, root: rootOf(all) }, proof };
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'causeway-signer-'));
async function created(folder = newFolder()): Promise<{ signer: Signer; folder: string }> {
  const signer = await fileSigner(folder, ORIGIN);
  await signer.create(AT);
  return { signer, folder };
}
const keysOf = async (signer: Signer) => (await signer.keys()).map(({ vkey }) => parseVerifierKey(vkey));
const memories = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('last-signed'));

describe('the signer', () => {
  it('makes its first key once: public in keys.json, private for its owner alone', async () => {
    const { signer, folder } = await created();
    await (await fileSigner(folder, ORIGIN)).create(AT);
    const keys = await signer.keys();
    expect(keys).toEqual([{ vkey: expect.stringMatching(/^ledger\.test\/signer\+[0-9a-f]{8}\+/), addedAt: AT }]);
    expect(JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'))).toEqual({ keys });
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.key'));
    expect(file).toBe(`${keys[0]!.vkey.split('+')[1]}.key`);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(parseSigningKey(readFileSync(join(folder, file), 'utf8').trim()).name).toBe(ORIGIN);
  });

  it('leaves one key when two processes make the first one at once', async () => {
    const folder = newFolder();
    const signers = await Promise.all([fileSigner(folder, ORIGIN), fileSigner(folder, ORIGIN)]);
    await Promise.all(signers.map((signer) => signer.create(AT)));
    expect(await signers[0].keys()).toEqual(await signers[1].keys());
    expect(readdirSync(folder).filter((name) => name.endsWith('.key'))).toHaveLength(1);
    expect(await signers[0].sign(await succession(0, 1))).toContain(ORIGIN);
  });

  it('signs a tree that goes on from the last one, and remembers it before the note is out', async () => {
    const { signer, folder } = await created();
    expect(await signer.lastSigned()).toMatchObject({ size: 0, root: EMPTY_ROOT });
    const note = await signer.sign(await succession(0, 5));
    expect(openCheckpoint(note, ORIGIN, await keysOf(signer))).toMatchObject({ size: 5, root: rootOf(leaves(5)) });
    await signer.sign(await succession(5, 9));
    expect(await (await fileSigner(folder, ORIGIN)).lastSigned()).toMatchObject({ size: 9 });
    expect(memories(folder)).toHaveLength(1);
  });

  it('lets no signature out when its memory cannot be written', async () => {
    const { signer, folder } = await created();
    const taken = `last-signed.1.json`;
    writeFileSync(join(folder, taken), '{"origin":"ledger.test/signer","size":2,"root":"x"}');
    await expect(signer.sign(await succession(0, 5))).rejects.toMatchObject({ code: 'MEMORY_LOST' });
  });

  it('signs the same tree again, as after a crash before the checkpoint was kept', async () => {
    const { signer } = await created();
    const first = await signer.sign(await succession(0, 5));
    expect(await signer.sign(await succession(5, 5))).toBe(first);
  });

  it.each([
    ['a smaller tree', [5, 4, 1], 'SMALLER'],
    ['another root for the same size', [5, 5, 2], 'FORKED'],
    ['a tree that does not begin with the last one', [5, 8, 2], 'FORKED'],
    ['a proof from a tree that is not the last one', [3, 8, 1], 'OUTRUN'],
  ] as const)('refuses %s', async (_what, [from, size, kind], code) => {
    const { signer, folder } = await created();
    await signer.sign(await succession(0, 5));
    await expect(signer.sign(await succession(from, size, kind))).rejects.toMatchObject({ code });
    expect(await signer.lastSigned()).toMatchObject({ size: 5 });
    expect(memories(folder)).toHaveLength(1);
  });

  it('refuses a larger tree without a proof', async () => {
    const { signer } = await created();
    await signer.sign(await succession(0, 5));
    await expect(signer.sign({ ...(await succession(5, 8)), proof: [] })).rejects.toMatchObject({ code: 'FORKED' });
  });

  it('lets one of two signers win that go on from the same tree; the other signs nothing', async () => {
    const { signer, folder } = await created();
    await signer.sign(await succession(0, 5));
    const other = await fileSigner(folder, ORIGIN);
    const [one, two] = [await succession(5, 6), await succession(5, 7)];
    const results = await Promise.allSettled([signer.sign(one), other.sign(two)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'OUTRUN' });
    const last = await signer.lastSigned();
    expect(last?.size).toBe(results[0]!.status === 'fulfilled' ? 6 : 7);
    expect(memories(folder)).toHaveLength(1);
  });

  it('is not fooled by an entry that a process left behind which slept through others', async () => {
    const { signer, folder } = await created();
    for (let size = 1; size <= 4; size++) await signer.sign(await succession(size - 1, size));
    writeFileSync(
      join(folder, 'last-signed.1.json'),
      JSON.stringify({ origin: ORIGIN, size: 1, root: '0'.repeat(64) }),
    );
    expect(await signer.lastSigned()).toMatchObject({ size: 4 });
  });

  it.each([
    ['its memory', /^last-signed/],
    ['the list of its keys', /^keys\.json$/],
  ])('refuses without %s', async (_what, file) => {
    const { signer, folder } = await created();
    await signer.sign(await succession(0, 5));
    for (const name of readdirSync(folder).filter((one) => file.test(one))) rmSync(join(folder, name));
    await expect(signer.sign(await succession(0, 5))).rejects.toMatchObject({ code: 'MEMORY_LOST' });
    await expect(signer.lastSigned()).rejects.toMatchObject({ code: 'MEMORY_LOST' });
    await expect(signer.create(AT)).rejects.toMatchObject({ code: 'MEMORY_LOST' });
  });

  it.each(['{', '{"size":-1}', '{"origin":"another","size":0,"root":"' + '0'.repeat(64) + '"}'])(
    'refuses a memory that it does not understand: %s',
    async (text) => {
      const { signer, folder } = await created();
      writeFileSync(join(folder, memories(folder)[0]!), text);
      await expect(signer.lastSigned()).rejects.toMatchObject({ code: 'MEMORY_LOST' });
    },
  );

  it('signs with every key in use, one line each, and destroys what it retires', async () => {
    const { signer, folder } = await created();
    const [first] = await signer.keys();
    const vkey = await signer.prepareKey();
    expect(
      openCheckpoint(await signer.sign(await succession(0, 1)), ORIGIN, await keysOf(signer)).verified,
    ).toHaveLength(1);
    expect(await signer.useKey(vkey, AT)).toBe(true);
    const both = await signer.sign(await succession(1, 2));
    expect(openCheckpoint(both, ORIGIN, await keysOf(signer)).verified).toHaveLength(2);
    await signer.retireKey(first!.vkey, AT);
    const one = await signer.sign(await succession(2, 3));
    expect(openCheckpoint(one, ORIGIN, [parseVerifierKey(vkey)]).verified).toHaveLength(1);
    expect(() => openCheckpoint(one, ORIGIN, [parseVerifierKey(first!.vkey)])).toThrow();
    expect(readdirSync(folder).filter((name) => name.endsWith('.key'))).toHaveLength(1);
    expect(await signer.useKey(first!.vkey, AT)).toBe(false);
  });

  it('does not sign with a private key that was exchanged', async () => {
    const [{ signer, folder }, other] = [await created(), await created()];
    const keyFile = (where: string) =>
      join(
        where,
        readdirSync(where).find((name) => name.endsWith('.key'))!,
      );
    writeFileSync(keyFile(folder), readFileSync(keyFile(other.folder)));
    await expect(signer.sign(await succession(0, 1))).rejects.toMatchObject({ code: 'KEY_LOST' });
    expect(await signer.lastSigned()).toMatchObject({ size: 0 });
  });
});

it('the tree of the tests is the one of the ledger', () => {
  const tree = compactRange();
  for (const leaf of leaves(9)) tree.append(leaf);
  expect(rootOf(leaves(9))).toEqual(tree.root());
});
