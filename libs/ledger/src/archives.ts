import type { JsonValue } from './canonical-json.ts';
import type { Leaf } from './leaf.ts';

/** Type of the event by which a log records that events were taken out into a bundle. */
const ARCHIVE_TYPE = 'range.archived';
const DIGEST = /^[0-9a-f]{64}$/;

/** Positions [from, to) of which a log records that what they say is in a bundle, whose events have this digest. */
export type LoggedArchive = {
  /** Position of the event that says so. */
  readonly position: number;
  readonly from: number;
  readonly to: number;
  /** SHA-256 of the bundle's `events.ndjson`, in hexadecimal. */
  readonly digest: string;
};

/** An archive, and how many events whose leaf is not there it accounts for. */
export type ArchiveSeen = LoggedArchive & { readonly events: number };

/** The archive that a leaf records; undefined when it records none, or none that says what it reaches. */
export function archiveIn({ type, pos, data }: Leaf): LoggedArchive | undefined {
  if (type !== ARCHIVE_TYPE || !('inline' in data)) return undefined;
  const { from, to, digest } = membersOf(data.inline);
  const isRange = Number.isSafeInteger(from) && Number.isSafeInteger(to) && (to as number) <= pos;
  if (!isRange || typeof digest !== 'string' || !DIGEST.test(digest)) return undefined;
  return { position: pos, from: from as number, to: to as number, digest };
}

const membersOf = (value: JsonValue): { readonly [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as never) : {};

/** Events whose leaf is not there, until an archive further on in the log accounts for them. In memory of one entry for each row of them. */
export type MissingLeaves = {
  /** An event without its leaf, and which archive it is said to be in. Positions MUST come in order. */
  readonly add: (position: number, archivedBy: number) => void;
  readonly account: (archive: LoggedArchive) => void;
  /** The archives that accounted for events, in the order of the log. */
  readonly accounted: () => readonly ArchiveSeen[];
  /** Positions of which no archive speaks, the first of each row of them. */
  readonly unaccounted: () => readonly number[];
};

/** Events one after the other that are said to be in the same archive: [from, to). */
type Row = { readonly from: number; to: number; readonly archivedBy: number };

export function missingLeaves(): MissingLeaves {
  let rows: Row[] = [];
  const archives: ArchiveSeen[] = [];
  return {
    add: (position, archivedBy) => {
      const last = rows.at(-1);
      if (last?.to === position && last.archivedBy === archivedBy) last.to++;
      else rows.push({ from: position, to: position + 1, archivedBy });
    },
    account: (archive) => {
      const isOf = ({ from, to, archivedBy }: Row): boolean =>
        archivedBy === archive.position && from >= archive.from && to <= archive.to;
      const events = rows.filter(isOf).reduce((sum, { from, to }) => sum + to - from, 0);
      rows = rows.filter((row) => !isOf(row));
      if (events > 0) archives.push({ ...archive, events });
    },
    accounted: () => archives,
    unaccounted: () => rows.map(({ from }) => from),
  };
}
