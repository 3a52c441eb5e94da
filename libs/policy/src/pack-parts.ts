import { PackInvalidError } from './pack-problems.ts';
import { PACK_FILES, type PackFiles } from './pack.ts';

/** A stretch of a pack's file, small enough for one event. Parts of a file follow one another. */
export type PackPart = { readonly file: keyof PackFiles; readonly text: string };

/** Bytes of a part as JSON text: with what surrounds it, an event stays well below what a leaf of the ledger may have. */
const PART_BYTES = 40_000;
/** Bytes of a whole pack as JSON text. */
export const MAX_PACK_BYTES = 256_000;

const sizeOf = (text: string): number => Buffer.byteLength(JSON.stringify(text));

/** Takes a pack's files apart, line by line. Throws PackInvalidError for a pack, or a line, that is too large to be kept. */
export function packParts(files: PackFiles): readonly PackPart[] {
  const total = PACK_FILES.reduce((bytes, file) => bytes + sizeOf(files[file]), 0);
  if (total > MAX_PACK_BYTES) {
    const message = `the pack has ${total} bytes; at most ${MAX_PACK_BYTES} are kept`;
    throw new PackInvalidError([{ file: 'pack.yaml', line: 0, message }]);
  }
  return PACK_FILES.flatMap((file) => partsOf(file, files[file]));
}

function partsOf(file: keyof PackFiles, text: string): readonly PackPart[] {
  const parts: PackPart[] = [];
  let [taken, bytes] = ['', 0];
  for (const [index, line] of text.split(/(?<=\n)/u).entries()) {
    const size = sizeOf(line);
    if (size > PART_BYTES) {
      const message = `this line has ${size} bytes; at most ${PART_BYTES} are kept in one line`;
      throw new PackInvalidError([{ file, line: index + 1, message }]);
    }
    if (bytes + size > PART_BYTES) {
      parts.push({ file, text: taken });
      [taken, bytes] = ['', 0];
    }
    taken += line;
    bytes += size;
  }
  return [...parts, { file, text: taken }];
}

/** The files that parts, in their order, were taken from. */
export function joinedParts(parts: readonly PackPart[]): PackFiles {
  const textOf = (file: keyof PackFiles): string =>
    parts
      .filter((part) => part.file === file)
      .map(({ text }) => text)
      .join('');
  return Object.fromEntries(PACK_FILES.map((file) => [file, textOf(file)])) as PackFiles;
}
