import { EMPTY_ROOT, formatCheckpoint, sameBytes, signNote, toHex } from '@causeway/ledger';
import { makeFolder } from './files.ts';
import { keyFiles } from './key-files.ts';
import { SigningRefused, type Signer, type SignerKey, type TreeHead } from './signer.ts';
import { signerMemory, type Memory } from './signer-memory.ts';
import { assertSuccession } from './succession.ts';

/** Throws SigningRefused unless exactly this tree was signed last. */
function assertIsAt(last: TreeHead | undefined, tree: TreeHead, folder: string): void {
  if (!last)
    throw new SigningRefused(
      'MEMORY_LOST',
      `${folder} holds keys, but no last-signed.<n>.json: bring the newest copy of the whole folder, or none at all`,
    );
  if (last.size > tree.size)
    throw new SigningRefused(
      'SMALLER',
      `${folder} has signed ${last.size} events, the bundle holds ${tree.size}: export the log again now that nothing is appended any more`,
    );
  if (last.size < tree.size)
    throw new SigningRefused(
      'MEMORY_LOST',
      `${folder} remembers a signed tree of ${last.size} events, the bundle's checkpoint has ${tree.size}: it is an older copy or of another log; bring the newest copy, or none at all`,
    );
  if (!sameBytes(last.root, tree.root))
    throw new SigningRefused(
      'FORKED',
      `${folder} has signed another log of ${last.size} events, with the root ${toHex(last.root)}, not ${toHex(tree.root)}`,
    );
}

/** A signer whose keys and memory are files in a folder, outside the database. Several replicas on one host may share it. */
export async function fileSigner(folder: string, origin: string): Promise<Signer> {
  await makeFolder(folder);
  const keys = keyFiles(folder, origin);
  const memory = signerMemory(folder, origin);

  /** The memory; undefined when there is neither key nor anything signed. SigningRefused MEMORY_LOST when only one of the two is there. */
  async function remembered(): Promise<Memory | undefined> {
    const [listed, last] = [await keys.list(), await memory.read()];
    if (listed && last) return last;
    if (listed)
      throw new SigningRefused(
        'MEMORY_LOST',
        `${folder} holds keys, but no last-signed.<n>.json: what was signed last is not known; restore the folder from its newest copy`,
      );
    // The first start ended between the two files.
    if (!last || last.size === 0) return undefined;
    throw new SigningRefused(
      'MEMORY_LOST',
      `${folder} remembers a signed tree of ${last.size} events, but keys.json is gone; restore the folder from its newest copy`,
    );
  }

  async function change(edit: (known: readonly SignerKey[]) => readonly SignerKey[]): Promise<void> {
    const known = (await keys.list()) ?? [];
    const wanted = edit(known);
    if (JSON.stringify(wanted) !== JSON.stringify(known)) await keys.replace(wanted);
  }

  return {
    keys: async () => (await keys.list()) ?? [],
    lastSigned: remembered,
    create: async (at) => {
      if (await remembered()) return;
      const vkey = await keys.make();
      await memory.begin({ size: 0, root: EMPTY_ROOT });
      if (!(await keys.begin([{ vkey, addedAt: at }]))) await keys.destroy(vkey);
    },
    takeOver: async (tree, at) => {
      const [listed, last] = [await keys.list(), await memory.read()];
      if (last || listed) assertIsAt(last, tree, folder);
      if (listed) return false;
      const vkey = await keys.make();
      await memory.begin(tree);
      if (await keys.begin([{ vkey, addedAt: at }])) return true;
      await keys.destroy(vkey);
      return false;
    },
    sign: async (succession) => {
      const last = await remembered();
      if (!last) throw new SigningRefused('MEMORY_LOST', `${folder} is empty: there is no key to sign with`);
      assertSuccession(last, succession);
      const { to } = succession;
      const signing = await keys.inUse();
      if (signing.length === 0) throw new SigningRefused('KEY_LOST', `${folder} holds no key that is in use`);
      const note = signNote(formatCheckpoint({ origin, ...to }), signing);
      if (to.size > last.size) await memory.goOn(last, to);
      return note;
    },
    prepareKey: keys.make,
    useKey: async (vkey, at) => {
      const isThere = await keys.has(vkey);
      if (isThere)
        await change((known) => (known.some((key) => key.vkey === vkey) ? known : [...known, { vkey, addedAt: at }]));
      return isThere;
    },
    retireKey: async (vkey, at) => {
      await change((known) =>
        known.map((key) => (key.vkey === vkey && key.retiredAt === undefined ? { ...key, retiredAt: at } : key)),
      );
      await keys.destroy(vkey);
    },
  };
}
