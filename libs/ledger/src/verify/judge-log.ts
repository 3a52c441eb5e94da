import { HASH_BYTES, sameBytes, toHex } from '../chain.ts';
import type { ArchiveSeen } from '../archives.ts';
import type { Leaf } from '../leaf.ts';
import { partialTilesOf, tileBuilder, type BuiltTile, type TileBuilder } from '../tiles/tile-builder.ts';
import { TILE_WIDTH, tilePath } from '../tiles/tiles.ts';
import { createVerifier, type LogFinding, type Verifier, type LogRecord } from '../verify.ts';
import { checkEntries, checkTile } from './check-tile.ts';
import { findingList, type FindingList } from './finding-list.ts';
import { judgeFromAfar } from './judge-from-afar.ts';
import { widthIn, type LogSource, type Milestone } from './log-source.ts';

export type Judgement = {
  /** Records that were checked. */
  readonly checked: number;
  /** How many of them lost data by an erasure that the log records. */
  readonly erased: number;
  /** How many lack data while the rest of the log, which is not here, may record an erasure: a part of a log cannot tell. */
  readonly lacking: number;
  /** The archives that the log records and that account for events without their leaf. */
  readonly archives: readonly ArchiveSeen[];
  readonly root: Uint8Array;
  readonly chain: Uint8Array;
  /** What is wrong, first position first, at most 100; `wrong` counts all. */
  readonly findings: readonly LogFinding[];
  readonly wrong: number;
  /** Milestones of which these records and tiles can tell nothing. */
  readonly untold: readonly Milestone[];
};

/**
 * Checks a log against itself and against what was said of it: every leaf, the chain, positions, versions, ids, data, the tree over the leaves, each
 * tile, each milestone. Takes memory of about 25 bytes for each event and a map entry for each stream; the log itself is never held.
 */
export async function judgeLog(
  source: LogSource,
  milestones: readonly Milestone[],
  onLeaf: (leaf: Leaf) => void = () => undefined,
): Promise<Judgement> {
  const findings = findingList();
  const walk = walkAlong(source, { builderStart: await startOf(source, findings), milestones, findings, onLeaf });
  for await (const records of source.records()) {
    for (const record of records) walk.take(record);
    await compare(source, walk.built(), findings);
  }
  await compare(source, walk.end(), findings);
  const untold = await judgeFromAfar(source, { milestones: walk.notPassed(), root: walk.root(), findings });
  const { checked, erased, archives, chain } = walk.state();
  const root = walk.root() ?? new Uint8Array(0);
  return {
    checked,
    erased,
    lacking: walk.lacking(),
    archives,
    chain,
    root,
    findings: findings.first(),
    wrong: findings.count(),
    untold,
  };
}

/** A tile with the leaves that it is over, where it is over leaves. */
type Compared = BuiltTile & { readonly leaves: readonly Uint8Array[] };

type Walk = {
  readonly take: (record: LogRecord) => void;
  /** The tiles that became full since the last time. */
  readonly built: () => readonly Compared[];
  /** No more records come; the tiles that are left. */
  readonly end: () => readonly Compared[];
  readonly notPassed: () => readonly Milestone[];
  /** The root over all leaves before the last record's; undefined when records are missing. */
  readonly root: () => Uint8Array | undefined;
  readonly state: Verifier['state'];
  readonly lacking: () => number;
};

type WalkOptions = {
  readonly builderStart: ReadonlyMap<string, Uint8Array> | undefined;
  readonly milestones: readonly Milestone[];
  readonly findings: FindingList;
  readonly onLeaf: (leaf: Leaf) => void;
};

function walkAlong(
  { from, to, size, origin }: LogSource,
  { builderStart, milestones, findings, onLeaf }: WalkOptions,
): Walk {
  let waiting: Compared[] = [];
  let leaves: (Uint8Array | undefined)[] = [];
  const keep = (built: BuiltTile): void =>
    void waiting.push({ ...built, leaves: built.tile.level === 0 && leaves.every(isThere) ? leaves : [] });
  const builder: TileBuilder = tileBuilder(keep, builderStart && startAt(from, builderStart));
  const verifier = createVerifier(origin, {
    from,
    onLeaf: (hashOfLeaf, leaf) => {
      if (isWhole) builder.append(hashOfLeaf);
      if (leaf) onLeaf(leaf);
    },
  });
  const ahead = milestones.filter((milestone) => milestone.size >= from).sort((a, b) => a.size - b.size);
  const behind = milestones.filter((milestone) => milestone.size < from);
  /** False from the first missing record on: from there nothing of the tree can be worked out. */
  let isWhole = builderStart !== undefined;
  /** Size of the largest tree that is as somebody said. */
  let held = from;
  let next = from;

  function pass({ size: at, root, chain, saidBy, otherwise }: Milestone): void {
    const mine = { root: builder.root(), chain: verifier.state().chain };
    const before = at === 0 ? 'nothing' : `the events up to position ${at - 1}`;
    if (root && !sameBytes(root, mine.root)) {
      const detail = `${before} have the root ${toHex(mine.root)}, ${saidBy} says ${toHex(root)}`;
      findings.add({ position: held, upTo: at, code: otherwise, detail, where: saidBy });
    } else if (chain && mine.chain.length > 0 && !sameBytes(chain, mine.chain)) {
      const detail = `${before} have the chain value ${toHex(mine.chain)}, ${saidBy} says ${toHex(chain)}`;
      findings.add({ position: Math.max(at - 1, held), upTo: at, code: otherwise, detail, where: saidBy });
    } else if (root) held = at;
  }

  function passDue(): void {
    while (isWhole && ahead[0] && ahead[0].size === next && next === builder.size()) pass(ahead.shift()!);
  }

  let isLong = false;
  function tellLong(position: number): void {
    if (!isLong)
      findings.add({ position, code: 'POSITION_GAP', detail: `the events were to end before position ${to}` });
    isLong = true;
  }

  function tellShort(): void {
    if (next < to)
      findings.add({ position: next, code: 'POSITION_GAP', detail: `positions ${next} to ${to - 1} are not there` });
    for (const { size: at, saidBy, shorter } of ahead.filter((milestone) => milestone.size > size)) {
      const detail = `${saidBy} says that there are ${at} events, the log has ${size}: its end was cut off, or it was restored from a copy`;
      findings.add({ position: size, code: shorter, detail, where: saidBy });
    }
  }

  passDue();
  return {
    take: (record) => {
      if (record.position >= to) tellLong(record.position);
      if (record.position !== next) isWhole = false;
      leaves.push(record.leaf);
      findings.add(...verifier.check(record));
      if (leaves.length === TILE_WIDTH) leaves = [];
      next = record.position + 1;
      passDue();
    },
    built: () => {
      const ready = waiting;
      waiting = [];
      return ready;
    },
    lacking: () => (to < size ? verifier.unexplained().length : 0),
    end: () => {
      tellShort();
      if (to === size) for (const finding of verifier.unexplained()) findings.add(finding);
      if (isWhole && next === to) builder.partial().forEach(keep);
      return waiting;
    },
    notPassed: () => [...behind, ...ahead].filter((milestone) => milestone.size <= size),
    root: () => (isWhole && next === to ? builder.root() : undefined),
    state: verifier.state,
  };
}

const isThere = (leaf: Uint8Array | undefined): leaf is Uint8Array => leaf !== undefined;

const startAt = (size: number, tiles: ReadonlyMap<string, Uint8Array>) => ({
  size,
  partialTile: (tile: BuiltTile['tile']) => tiles.get(tilePath(tile))!,
});

/** What the tree holds before the first record: the beginnings of tiles, believed for now; the root of a milestone shows whether rightly. */
async function startOf(source: LogSource, findings: FindingList): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const start = new Map<string, Uint8Array>();
  for (const tile of partialTilesOf(source.from)) {
    const kept = { ...tile, width: widthIn(source.size, tile) };
    const bytes = await source.readTile(kept);
    const hashes = bytes?.subarray(0, tile.width * HASH_BYTES);
    if (hashes?.length !== tile.width * HASH_BYTES) {
      const detail = 'the tile is not there, or too short: what came before these events is not known';
      findings.add({ position: source.from, code: 'TILE_MISSING', detail, where: tilePath(kept) });
      return undefined;
    }
    start.set(tilePath(tile), hashes);
  }
  return start;
}

async function compare(source: LogSource, tiles: readonly Compared[], findings: FindingList): Promise<void> {
  const told = await Promise.all(
    tiles.flatMap(({ leaves, ...built }) => [
      checkTile(source, built),
      ...(source.readEntries && leaves.length > 0 ? [checkEntries(source, { index: built.tile.index, leaves })] : []),
    ]),
  );
  findings.add(...told.flat());
}
