import { chainHash, genesis, leafHash, sameBytes, toHex } from './chain.ts';
import { erasureIn, missingData } from './erasures.ts';
import { dataCommitment, decodeLeaf, SALT_BYTES, type DataCommitment, type Leaf } from './leaf.ts';

/** A stored event, as it comes out of storage. Only `leaf`, `data` and `salt` are believed; all else is compared with what they say. */
export type StoredRecord = {
  readonly position: number;
  readonly leaf: Uint8Array;
  readonly leafHash: Uint8Array;
  readonly chain: Uint8Array;
  /** Canonical JSON of data that is kept beside the leaf. */
  readonly data?: Uint8Array | undefined;
  readonly salt?: Uint8Array | undefined;
  readonly stream?: string | undefined;
  readonly version?: number | undefined;
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly scope?: string | undefined;
};

export type FindingCode =
  | 'POSITION_GAP'
  | 'LEAF_NOT_CANONICAL'
  | 'LEAF_HASH_MISMATCH'
  | 'CHAIN_BROKEN'
  | 'PREV_MISMATCH'
  | 'ORIGIN_MISMATCH'
  | 'STREAM_VERSION_WRONG'
  | 'DUPLICATE_EVENT_ID'
  | 'FIELD_MISMATCH'
  | 'DATA_MISMATCH'
  | 'DATA_MISSING'
  | 'HEAD_MISMATCH';

/** Something wrong at a position, and why. */
export type LogFinding = { readonly position: number; readonly code: FindingCode; readonly detail: string };

export type Verifier = {
  /** Checks the next record; records MUST come in the order of their positions, from 0. Returns what is wrong with it. */
  readonly check: (record: StoredRecord) => readonly LogFinding[];
  /**
   * Checks that the log ends where its head says: a tail that was cut off leaves no other trace. Names data that is not there and that no
   * erasure in the log speaks of: only now is it known that none does.
   */
  readonly finish: (head: { readonly nextPosition: number; readonly chain: Uint8Array }) => readonly LogFinding[];
  /** Number of records checked so far, how many of them lost data by an erasure that the log records, and the chain value after the last. */
  readonly state: () => { readonly checked: number; readonly erased: number; readonly chain: Uint8Array };
};

type Report = (code: FindingCode, detail: string) => void;

/**
 * Verifies a log from its first event on, one record at a time, in memory proportional to the number of events. After a finding it goes on from
 * what is stored, so that one wrong record is reported once and not at every later position.
 * @param origin name of the log, as in every leaf
 */
export function createVerifier(origin: string): Verifier {
  const versions = new Map<string, number>();
  const ids = new Set<string>();
  const missing = missingData();
  let chain: Uint8Array = genesis(origin);
  let expectedPosition = 0;
  let checked = 0;

  function checkIdentity(leaf: Leaf, report: Report): void {
    if (leaf.log !== origin) report('ORIGIN_MISMATCH', `the leaf belongs to the log ${leaf.log}, not ${origin}`);
    const due = (versions.get(leaf.stream) ?? 0) + 1;
    if (leaf.ver !== due) report('STREAM_VERSION_WRONG', `${leaf.stream} goes on with version ${leaf.ver}, not ${due}`);
    if (ids.has(leaf.id)) report('DUPLICATE_EVENT_ID', `the event id ${leaf.id} was used before`);
    ids.add(leaf.id);
  }

  /** Where a leaf is not what was sealed, the columns beside it are the better witness of which stream went on. */
  function follow(leaf: Leaf | undefined, record: StoredRecord, believeLeaf: boolean): void {
    const { stream = leaf?.stream, version = leaf?.ver } = believeLeaf ? {} : record;
    if (stream !== undefined && version !== undefined) versions.set(stream, version);
  }

  function checkOrder(leaf: Leaf, record: StoredRecord, report: Report): void {
    if (record.position !== expectedPosition)
      report('POSITION_GAP', `position ${expectedPosition} was to come, ${record.position} came`);
    else if (leaf.pos !== record.position) report('POSITION_GAP', `the leaf was sealed at position ${leaf.pos}`);
    if (leaf.prev !== toHex(chain))
      report('PREV_MISMATCH', `the leaf follows the chain value ${leaf.prev}, not ${toHex(chain)}`);
  }

  function checkHashes(record: StoredRecord, report: Report): void {
    const computed = leafHash(record.leaf);
    if (!sameBytes(computed, record.leafHash)) report('LEAF_HASH_MISMATCH', 'the stored hash is not that of the leaf');
    if (!sameBytes(chainHash(chain, computed), record.chain))
      report('CHAIN_BROKEN', 'the stored chain value does not follow from the one before and the leaf');
  }

  function check(record: StoredRecord): readonly LogFinding[] {
    const findings: LogFinding[] = [];
    const report: Report = (code, detail) => findings.push({ position: record.position, code, detail });
    checkHashes(record, report);
    const intact = findings.length === 0;
    const leaf = readLeaf(record.leaf, report);
    if (leaf) {
      checkOrder(leaf, record, report);
      checkIdentity(leaf, report);
      checkColumns(leaf, record, report);
      if (checkData(leaf, record, report) === 'not there') missing.add(leaf, record.position);
      const erasure = intact ? erasureIn(leaf) : undefined;
      if (erasure) missing.explain(erasure);
    }
    follow(leaf, record, intact);
    chain = record.chain;
    expectedPosition = record.position + 1;
    checked++;
    return findings;
  }

  function finish(head: { readonly nextPosition: number; readonly chain: Uint8Array }): readonly LogFinding[] {
    const unexplained = missing
      .unexplained()
      .map((position): LogFinding => ({ position, code: 'DATA_MISSING', detail: NOT_ERASED }));
    if (head.nextPosition === expectedPosition && sameBytes(head.chain, chain)) return unexplained;
    const detail = `the log ends before position ${expectedPosition} with ${toHex(chain)}, its head says ${head.nextPosition} with ${toHex(head.chain)}`;
    const position = Math.min(expectedPosition, head.nextPosition);
    return [...unexplained, { position, code: 'HEAD_MISMATCH', detail }];
  }

  return { check, finish, state: () => ({ checked, erased: missing.explained(), chain }) };
}

const NOT_ERASED = 'the data beside the leaf is not there, and the log records no erasure of it';

function readLeaf(bytes: Uint8Array, report: Report): Leaf | undefined {
  try {
    return decodeLeaf(bytes);
  } catch (error) {
    report('LEAF_NOT_CANONICAL', error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function checkColumns(leaf: Leaf, record: StoredRecord, report: Report): void {
  const said = { stream: leaf.stream, version: leaf.ver, id: leaf.id, type: leaf.type, scope: leaf.meta.scope };
  for (const [name, value] of Object.entries(said)) {
    const stored = record[name as keyof typeof said];
    if (stored !== undefined && stored !== value)
      report('FIELD_MISMATCH', `${name} is stored as ${stored}, the leaf says ${value}`);
  }
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
