import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { listArchives, type archiveRange, type ArchiveView, type ReplyOf } from '@causeway/contracts';
import { BUNDLE_FILES, BundleError, TILE_WIDTH } from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import type { RestoredArchive } from '@causeway/provisioning';
import type { Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { judge } from '../verify/judge.ts';
import { readMemory } from '../verify/memory.ts';
import { evidenceIn } from '../verify/offline.ts';
import { answerOf } from '../verify/online.ts';
import { tellReport } from '../verify/report.ts';
import { exportLog } from './export.ts';

/** What whoever archives and restores can have done. */
export type ArchiveOrders = {
  readonly archive: (range: {
    readonly from: number;
    readonly to: number;
    readonly digest: string;
    readonly reason: string;
  }) => Promise<ReplyOf<typeof archiveRange>>;
  /** Records that an archive is to be put back. */
  readonly restore: (order: { readonly archive: number; readonly reason: string }) => Promise<unknown>;
  /** Puts the events in this folder of a bundle back. */
  readonly putBack: (folder: string) => Promise<RestoredArchive>;
};

export type Place = {
  readonly bus: Bus;
  readonly home: string;
  readonly io: Io;
  readonly orders: ArchiveOrders;
  readonly vkeys: readonly string[];
};

export type ArchiveWish = {
  /** First position; undefined for the end of the last archive. */
  readonly from: number | undefined;
  readonly before: number;
  /** Where the bundle is to be, or is since an earlier try. */
  readonly out: string;
  readonly reason: string;
};

/** Where a range that is archived begins and ends: at tiles, so that a bundle holds just that. BundleError when there is none. */
export function rangeToArchive(
  { from, before }: Pick<ArchiveWish, 'from' | 'before'>,
  archives: readonly Pick<ArchiveView, 'to' | 'restoredBy'>[],
): { readonly from: number; readonly to: number } {
  const inForce = archives.filter(({ restoredBy }) => restoredBy === undefined);
  const first = from ?? Math.max(0, ...inForce.map(({ to }) => to));
  const to = Math.floor(before / TILE_WIDTH) * TILE_WIDTH;
  if (first % TILE_WIDTH !== 0)
    throw new BundleError(`--from ${first} is not where a tile begins; give a multiple of ${TILE_WIDTH}`);
  if (to <= first)
    throw new BundleError(
      `from position ${first} to before ${before} there is no whole tile of ${TILE_WIDTH} events; end later, or give --from`,
    );
  return { from: first, to };
}

/**
 * Exports a range, verifies the bundle as `verify --offline` does, and only then has the ledger take out what is in it. A bundle that is there already is
 * verified and used, so that the command can be given again.
 */
export async function archiveInto({ bus, ...place }: Place, wish: ArchiveWish): Promise<ExitCode> {
  const { io, orders } = place;
  const { archives } = await answerOf(bus, listArchives, {});
  const range = isMade(archives, wish) ?? rangeToArchive(wish, archives);
  if (!existsSync(wish.out)) await exportLog(bus, range, wish.out);
  const bundle = await judgedBundle(wish.out, place);
  if (!bundle) return notGood(io, 'archived');
  try {
    if (bundle.from !== range.from || bundle.to !== range.to)
      throw new BundleError(
        `${wish.out} holds the positions ${bundle.from} to before ${bundle.to}, not ${range.from} to before ${range.to}; name another place`,
      );
    const { position, archived } = await orders.archive({ ...range, digest: bundle.digest, reason: wish.reason });
    io.out(
      `Archived ${archived} events of the positions ${range.from} to before ${range.to}; recorded at position ${position}.`,
    );
    io.out(`Keep ${wish.out}: nothing else holds what they say. The SHA-256 of its events.ndjson is ${bundle.digest}.`);
    return EXIT.ok;
  } finally {
    await bundle.close();
  }
}

/** Given again after an answer that was lost, the last archive is the one that is meant. */
function isMade(archives: readonly ArchiveView[], { from, before, out }: ArchiveWish) {
  const last = archives.filter(({ restoredBy }) => restoredBy === undefined).at(-1);
  const isIt = last && existsSync(out) && last.to === Math.floor(before / TILE_WIDTH) * TILE_WIDTH;
  return isIt && (from ?? last.from) === last.from ? { from: last.from, to: last.to } : undefined;
}

/** Has what an archive took out put back from its bundle, verified before. */
export async function restoreFrom(
  { bus, ...place }: Place,
  { path, reason }: { readonly path: string; readonly reason: string },
): Promise<ExitCode> {
  const { io, orders } = place;
  const bundle = await judgedBundle(path, place);
  if (!bundle) return notGood(io, 'restored');
  try {
    const { archives } = await answerOf(bus, listArchives, {});
    const made = archives.filter(({ digest }) => digest === bundle.digest);
    const archive = made.find(({ archived }) => archived > 0) ?? made.at(-1);
    if (!archive)
      throw new BundleError(
        `no archive of this ledger was made from a bundle with the digest ${bundle.digest}; ${digestsOf(archives)}`,
      );
    if (archive.restoredBy === undefined) await orders.restore({ archive: archive.position, reason });
    const { restored } = await orders.putBack(bundle.folder);
    io.out(
      `Restored ${restored} events of the positions ${archive.from} to before ${archive.to}, archived at position ${archive.position}.`,
    );
    return EXIT.ok;
  } finally {
    await bundle.close();
  }
}

const digestsOf = (archives: readonly ArchiveView[]): string =>
  archives.length === 0
    ? 'none was made'
    : `those that were made: ${archives.map(({ from, to, digest }) => `${from} to before ${to} with ${digest}`).join(', ')}`;

type JudgedBundle = {
  readonly from: number;
  readonly to: number;
  readonly digest: string;
  readonly folder: string;
  readonly close: () => Promise<void>;
};

/** Undefined, and told, when the bundle does not verify. */
async function judgedBundle(
  path: string,
  { home, io, vkeys }: Pick<Place, 'home' | 'io' | 'vkeys'>,
): Promise<JudgedBundle | undefined> {
  const { evidence, folder, close } = await evidenceIn(path);
  try {
    const { logs } = readMemory(home);
    const seen = Object.hasOwn(logs, evidence.origin) ? logs[evidence.origin] : undefined;
    const { report } = await judge(evidence, { givenKeys: vkeys, seen, requiredWitnesses: 0 });
    if (report.good) return { from: report.from, to: report.to, digest: await digestIn(folder), folder, close };
    tellReport(report, io);
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  return undefined;
}

function notGood(io: Io, done: string): ExitCode {
  io.err(`causeway: nothing was ${done}: the bundle does not verify`);
  return EXIT.failed;
}

async function digestIn(folder: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of createReadStream(join(folder, BUNDLE_FILES.events))) digest.update(piece as Buffer);
  return digest.digest('hex');
}
