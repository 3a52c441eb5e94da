import { archiveIn, missingLeaves, type ArchiveSeen } from './archives.ts';
import { chainHash, genesis, HASH_BYTES, leafHash, sameBytes, toHex } from './chain.ts';
import { erasureIn, missingData } from './erasures.ts';
import { dataCommitment, decodeLeaf, SALT_BYTES, type DataCommitment, type Leaf } from './leaf.ts';
import { eventIds } from './verify/event-ids.ts';

/** A stored event, as it comes out of storage. Only `leaf`, `data` and `salt` are believed; all else is compared with what they say. */
export type StoredRecord = {
  readonly position: number;
  readonly leaf: Uint8Array;
  /** Left out where nobody stored it; then it is worked out and compared with nothing. The same holds for `chain`. */
  readonly leafHash?: Uint8Array | undefined;
  readonly chain?: Uint8Array | undefined;
  /** Canonical JSON of data that is kept beside the leaf. */
  readonly data?: Uint8Array | undefined;
  readonly salt?: Uint8Array | undefined;
  readonly stream?: string | undefined;
  readonly version?: number | undefined;
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly scope?: string | undefined;
};

/** What is left of a stored event whose leaf was archived. Its hashes are proven by chain and tree, its columns by nothing but the bundle. */
export type ArchivedRecord = Required<
  Pick<StoredRecord, 'position' | 'stream' | 'version' | 'id' | 'type' | 'scope'>
> & {
  readonly leaf?: undefined;
  readonly leafHash: Uint8Array;
  readonly chain: Uint8Array;
  /** Position of the event that is said to record the archive. */
  readonly archivedBy: number;
  /** Why the leaf could not be had although it should be there. */
  readonly lack?: string;
};

/** A stored event, whole or archived. */
export type LogRecord = StoredRecord | ArchivedRecord;

export type FindingCode =
  | 'POSITION_GAP'
  | 'LEAF_NOT_CANONICAL'
  | 'LEAF_HASH_MISMATCH'
  | 'LEAF_MISSING'
  | 'CHAIN_BROKEN'
  | 'PREV_MISMATCH'
  | 'ORIGIN_MISMATCH'
  | 'STREAM_VERSION_WRONG'
  | 'DUPLICATE_EVENT_ID'
  | 'FIELD_MISMATCH'
  | 'DATA_MISMATCH'
  | 'DATA_MISSING'
  | 'HEAD_MISMATCH'
  | 'ROOT_MISMATCH'
  | 'HISTORY_CHANGED'
  | 'HISTORY_SHORTENED'
  | 'TILE_MISMATCH'
  | 'TILE_MISSING'
  | 'ENTRIES_MISMATCH'
  | 'CHECKPOINT_MALFORMED'
  | 'SIGNATURE_WRONG'
  | 'SIGNER_UNKNOWN'
  | 'SIGNER_REFUSES'
  | 'COSIGNATURE_WRONG'
  | 'WITNESS_MISSING';

/** Something wrong, and why: at this position, or from it on somewhere. `where` names what else than the event itself is wrong. */
export type LogFinding = {
  readonly position: number;
  readonly code: FindingCode;
  readonly detail: string;
  readonly where?: string;
};

export type Verifier = {
  /** Checks the next record; records MUST come in the order of their positions. Returns what is wrong with it. */
  readonly check: (record: LogRecord) => readonly LogFinding[];
  /**
   * Checks that the log ends where its head says: a tail that was cut off leaves no other trace. Names data that is not there and that no
   * erasure in the log speaks of: only now is it known that none does.
   */
  readonly finish: (head: { readonly nextPosition: number; readonly chain: Uint8Array }) => readonly LogFinding[];
  /** Data that is not there, and that no erasure among the records so far speaks of; and leaves of which no archive does. */
  readonly unexplained: () => readonly LogFinding[];
  /**
   * Number of records checked so far, how many of them lost data by an erasure that the log records, and the chain value after the last; before the
   * first of a part of a log it is empty. `archives`: those that the log records and that account for events without their leaf.
   */
  readonly state: () => {
    readonly checked: number;
    readonly erased: number;
    readonly archives: readonly ArchiveSeen[];
    readonly chain: Uint8Array;
  };
};

export type VerifierOptions = {
  /** Position of the first record; above 0 the records are a part of a log, and what came before them is taken as they tell it. */
  readonly from?: number | undefined;
  /** Hears the hash of each record's leaf, worked out here, and the leaf when it is one. */
  readonly onLeaf?: ((hashOfLeaf: Uint8Array, leaf: Leaf | undefined) => void) | undefined;
};

const NOTHING = new Uint8Array(0);
const NO_FINDINGS: readonly LogFinding[] = [];

type Report = (code: FindingCode, detail: string, position?: number) => void;

/**
 * Verifies a log one record at a time, in memory of about 25 bytes for each event and a map entry for each stream. After a finding it goes on
 * from what is stored, so that one wrong record is reported once and not at every later position.
 * @param origin name of the log, as in every leaf
 */
export function createVerifier(origin: string, { from = 0, onLeaf }: VerifierOptions = {}): Verifier {
  const versions = new Map<string, number>();
  const ids = eventIds();
  const missing = missingData();
  const archived = missingLeaves();
  let chain: Uint8Array = from === 0 ? genesis(origin) : NOTHING;
  let next = chain;
  let expectedPosition = from;
  let checked = 0;

  function checkIdentity(leaf: Pick<Leaf, 'log' | 'id' | 'stream' | 'ver'>, report: Report): void {
    if (leaf.log !== origin) report('ORIGIN_MISMATCH', `the leaf belongs to the log ${leaf.log}, not ${origin}`);
    const known = versions.get(leaf.stream);
    const due = (known ?? 0) + 1;
    if (leaf.ver !== due && (from === 0 || known !== undefined))
      report('STREAM_VERSION_WRONG', `${leaf.stream} goes on with version ${leaf.ver}, not ${due}`);
    if (!ids.add(leaf.id)) report('DUPLICATE_EVENT_ID', `the event id ${leaf.id} was used before`);
  }

  /** Where a leaf is not what was sealed, the columns beside it are the better witness of which stream went on. */
  function follow(leaf: Leaf | undefined, record: StoredRecord, believeLeaf: boolean): void {
    const { stream = leaf?.stream, version = leaf?.ver } = believeLeaf ? {} : record;
    if (stream !== undefined && version !== undefined) versions.set(stream, version);
  }

  function checkPosition({ position }: LogRecord, report: Report): boolean {
    if (position === expectedPosition) return true;
    const detail = `position ${expectedPosition} was to come, ${position} came`;
    report('POSITION_GAP', detail, Math.min(expectedPosition, position));
    return false;
  }

  function checkOrder(leaf: Leaf, record: StoredRecord, report: Report): void {
    if (checkPosition(record, report) && leaf.pos !== record.position)
      report('POSITION_GAP', `the leaf was sealed at position ${leaf.pos}`);
    if (leaf.prev !== toHex(chain))
      report('PREV_MISMATCH', `the leaf follows the chain value ${leaf.prev}, not ${toHex(chain)}`);
  }

  function checkHashes(record: Pick<StoredRecord, 'leafHash' | 'chain'>, computed: Uint8Array, report: Report): void {
    if (record.leafHash && !sameBytes(computed, record.leafHash))
      report('LEAF_HASH_MISMATCH', 'the stored hash is not that of the leaf');
    const due = chainHash(chain, computed);
    if (record.chain && !sameBytes(due, record.chain))
      report('CHAIN_BROKEN', 'the stored chain value does not follow from the one before and the leaf');
    next = record.chain ?? due;
  }

  /** Only the hash stands for what it said: whether it is the right one shows in the chain, the tree, and the leaf that follows. */
  function checkArchived(record: ArchivedRecord, report: Report): void {
    if (chain === NOTHING) next = record.chain;
    else checkHashes(record, record.leafHash, report);
    onLeaf?.(record.leafHash, undefined);
    checkPosition(record, report);
    checkIdentity({ log: origin, id: record.id, stream: record.stream, ver: record.version }, report);
    if (record.lack === undefined) archived.add(record.position, record.archivedBy);
    else report('LEAF_MISSING', record.lack);
    versions.set(record.stream, record.version);
  }

  function checkWhole(record: StoredRecord, report: Report, findings: readonly LogFinding[]): void {
    const computed = leafHash(record.leaf);
    if (chain === NOTHING) chain = chainBefore(record.leaf);
    checkHashes(record, computed, report);
    const intact = findings.length === 0;
    const leaf = readLeaf(record.leaf, report);
    onLeaf?.(computed, leaf);
    if (leaf) {
      checkOrder(leaf, record, report);
      checkIdentity(leaf, report);
      checkColumns(leaf, record, report);
      if (checkData(leaf, record, report) === 'not there') missing.add(leaf, record.position);
      if (intact) explain(leaf);
    }
    follow(leaf, record, intact);
  }

  function explain(leaf: Leaf): void {
    const [erasure, archive] = [erasureIn(leaf), archiveIn(leaf)];
    if (erasure) missing.explain(erasure);
    if (archive) archived.account(archive);
  }

  function check(record: LogRecord): readonly LogFinding[] {
    const findings: LogFinding[] = [];
    const report: Report = (code, detail, position = record.position) => findings.push({ position, code, detail });
    if (record.leaf === undefined) checkArchived(record, report);
    else checkWhole(record, report, findings);
    chain = next;
    expectedPosition = record.position + 1;
    checked++;
    return findings.length === 0 ? NO_FINDINGS : findings;
  }

  function finish(head: { readonly nextPosition: number; readonly chain: Uint8Array }): readonly LogFinding[] {
    if (head.nextPosition === expectedPosition && sameBytes(head.chain, chain)) return unexplained();
    const detail = `the log ends before position ${expectedPosition} with ${toHex(chain)}, its head says ${head.nextPosition} with ${toHex(head.chain)}`;
    const position = Math.min(expectedPosition, head.nextPosition);
    return [...unexplained(), { position, code: 'HEAD_MISMATCH', detail }];
  }

  const unexplained = (): readonly LogFinding[] => [
    ...archived.unaccounted().map((position) => ({ position, code: 'LEAF_MISSING' as const, detail: NOT_ARCHIVED })),
    ...missing.unexplained().map((position) => ({ position, code: 'DATA_MISSING' as const, detail: NOT_ERASED })),
  ];
  const state = () => ({ checked, erased: missing.explained(), archives: archived.accounted(), chain });

  return { check, finish, unexplained, state };
}

const NOT_ARCHIVED = 'the leaf is not there, and the log records no archive that it is in';

const NOT_ERASED = 'the data beside the leaf is not there, and the log records no erasure of it';

/** What the first leaf of a part says that came before it: true if the leaf is, which the tree shows. */
function chainBefore(leaf: Uint8Array): Uint8Array {
  try {
    return Buffer.from(decodeLeaf(leaf).prev, 'hex');
  } catch {
    return new Uint8Array(HASH_BYTES);
  }
}

function readLeaf(bytes: Uint8Array, report: Report): Leaf | undefined {
  try {
    return decodeLeaf(bytes);
  } catch (error) {
    report('LEAF_NOT_CANONICAL', error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function checkColumns(leaf: Leaf, record: StoredRecord, report: Report): void {
  const compare = (name: string, stored: string | number | undefined, said: string | number): void => {
    if (stored !== undefined && stored !== said)
      report('FIELD_MISMATCH', `${name} is stored as ${stored}, the leaf says ${said}`);
  };
  compare('stream', record.stream, leaf.stream);
  compare('version', record.version, leaf.ver);
  compare('id', record.id, leaf.id);
  compare('type', record.type, leaf.type);
  compare('scope', record.scope, leaf.meta.scope);
}

function checkData(leaf: Leaf, record: StoredRecord, report: Report): 'not there' | 'checked' {
  if (!('hash' in leaf.data)) {
    if (record.data || record.salt)
      report('DATA_MISMATCH', 'data is stored beside a leaf that carries its data itself');
  } else if (record.data && record.salt) checkCommitment(leaf.data, record.data, record.salt, report);
  else if (record.data || record.salt) report('DATA_MISSING', 'of the data and its salt only one is there');
  else return 'not there';
  return 'checked';
}

function checkCommitment(sealed: DataCommitment, data: Uint8Array, salt: Uint8Array, report: Report): void {
  const fits =
    salt.length === SALT_BYTES && dataCommitment(salt, data).hash === sealed.hash && data.length === sealed.len;
  if (!fits) report('DATA_MISMATCH', 'the data is not what the leaf commits to');
}
