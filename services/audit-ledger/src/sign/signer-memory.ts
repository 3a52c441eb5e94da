import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '@causeway/ledger';
import { z } from 'zod';
import { createFile, readIfThere } from './files.ts';
import { SigningRefused, type TreeHead } from './signer.ts';

/** The last signed tree, and the place of this entry in the row of all entries. */
export type Memory = TreeHead & { readonly entry: number };

const NAME = /^last-signed\.(\d{1,15})\.json$/;
const Entry = z.strictObject({
  origin: z.string(),
  size: z.int().min(0),
  root: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * What a log's signer signed last, in a folder that several processes may share. Each entry is a file of its own, `last-signed.<n>.json`, and the
 * one with the highest number counts. An entry is made under a name that must not exist yet, so of two processes that go on from the same entry
 * one finds out that it was outrun; no lock is held that a process could die or sleep with.
 */
export function signerMemory(folder: string, origin: string) {
  const pathOf = (entry: number): string => join(folder, `last-signed.${entry}.json`);

  async function entries(): Promise<number[]> {
    const names = await readdir(folder);
    return names.flatMap((name) => {
      const number = NAME.exec(name)?.[1];
      return number === undefined ? [] : [Number(number)];
    });
  }

  async function read(): Promise<Memory | undefined> {
    const known = await entries();
    if (known.length === 0) return undefined;
    const entry = Math.max(...known);
    const text = await readIfThere(pathOf(entry));
    // Another process has gone on and tidied up in between.
    if (text === undefined) return read();
    const { origin: of, size, root } = parse(text, pathOf(entry));
    if (of !== origin)
      throw new SigningRefused('MEMORY_LOST', `${pathOf(entry)} belongs to the log ${of}, not ${origin}`);
    return { entry, size, root: Buffer.from(root, 'hex') };
  }

  async function write(entry: number, { size, root }: TreeHead): Promise<boolean> {
    const text = `${JSON.stringify({ origin, size, root: toHex(root) })}\n`;
    return createFile(pathOf(entry), text, 0o644);
  }

  return {
    /** The newest entry; undefined when there is none. SigningRefused when it cannot be understood. */
    read,
    /** Makes the first entry: nothing signed. Does nothing when there is one. */
    begin: async (empty: TreeHead): Promise<void> => {
      if ((await entries()).length === 0) await write(0, empty);
    },
    /** Remembers a tree after this entry, durably. SigningRefused OUTRUN when another process has gone on from it. */
    goOn: async (from: Memory, tree: TreeHead): Promise<void> => {
      const mine = from.entry + 1;
      const made = await write(mine, tree);
      const known = await entries();
      if (!made || Math.max(...known) > mine) {
        if (made) await rm(pathOf(mine), { force: true });
        throw new SigningRefused('OUTRUN', `another replica has signed after size ${from.size}`);
      }
      for (const older of known.filter((entry) => entry < mine)) await rm(pathOf(older), { force: true });
    },
  };
}

function parse(text: string, path: string): z.infer<typeof Entry> {
  try {
    return Entry.parse(JSON.parse(text));
  } catch (cause) {
    throw new SigningRefused(
      'MEMORY_LOST',
      `${path} cannot be understood, so what was signed last is not known; restore the signer's folder from its newest copy`,
      { cause },
    );
  }
}
