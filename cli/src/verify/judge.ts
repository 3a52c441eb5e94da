import {
  formatVerifierKey,
  judgeLog,
  readStatement,
  toHex,
  type ArchiveSeen,
  type LogFinding,
  type LogSource,
  type Milestone,
  type Statement,
} from '@causeway/ledger';
import type { Seen } from './memory.ts';
import type { LogReport } from './report.ts';
import { keyHistory, trustIn, type OfferedKeys, type Trust } from './trust.ts';

/** Nothing can be said about the log. */
export class CannotTell extends Error {
  override readonly name = 'CannotTell';
}

/** Everything that was brought together about a log; nothing of it is believed yet. */
export type Evidence = {
  readonly origin: string;
  /** The signed checkpoint; left out when there is none to be had: then the log can be found bad, and never good. */
  readonly note?: string | undefined;
  /** Why there is no checkpoint. */
  readonly lack?: string | undefined;
  /** Older checkpoints, for what witnesses cosigned. */
  readonly olderNotes: readonly string[];
  readonly offered: OfferedKeys;
  /** What else was said of the log. */
  readonly milestones: readonly Milestone[];
  /** What is wrong before a record was read. */
  readonly findings: readonly LogFinding[];
  /** Whether it may be a copy from before the last check: a log that is served may not. */
  readonly mayBeOlder: boolean;
  /** The log, given the number of leaves that the checkpoint says; undefined when no checkpoint says one. */
  readonly source: (size: number | undefined) => LogSource;
};

export type Expectations = {
  readonly givenKeys: readonly string[];
  readonly seen: Seen | undefined;
  /** How many witnesses have to stand behind the log. */
  readonly requiredWitnesses: number;
};

export type Judged = { readonly report: LogReport; readonly learned: Seen };

/** Judges a log by the evidence. What was learned is worth remembering when the report is good. Throws CannotTell when nothing is wrong but much is lacking. */
export async function judge(evidence: Evidence, expectations: Expectations): Promise<Judged> {
  const trust = trustIn(expectations.givenKeys, expectations.seen, evidence.offered);
  const heard = hearStatements(evidence, trust);
  const source = evidence.source(heard.newest?.size);
  const { lastCheck, isOlder } = lastCheckOf(expectations.seen, evidence.mayBeOlder ? source.size : Infinity);
  const history = keyHistory();
  const judgement = await judgeLog(source, [...evidence.milestones, ...heard.milestones, ...lastCheck], history.hear);
  const beside = [
    ...heard.findings,
    ...unproven(judgement.untold, source, judgement.wrong),
    ...missingWitnesses(heard.statements, expectations.requiredWitnesses),
  ];
  const findings = [...beside, ...judgement.findings].sort((a, b) => a.position - b.position);
  if (findings.length === 0 && evidence.note === undefined)
    throw new CannotTell(evidence.lack ?? 'there is no checkpoint');
  const warnings = warningsOf({ ...heard, ...judgement, trust, isOlder });
  const report: LogReport = {
    ...{ good: findings.length === 0, origin: evidence.origin, from: source.from, to: source.to },
    ...{ checked: judgement.checked, erased: judgement.erased, chain: toHex(judgement.chain) },
    ...(heard.newest && { checkpoint: checkpointView(heard.newest) }),
    trust: { basis: trust.basis, keys: trust.keys.log.map(formatVerifierKey) },
    cosignatures: cosignaturesIn(heard.statements),
    ...{ warnings, findings, wrong: judgement.wrong + beside.length },
  };
  const learned: Seen = {
    ...{ size: source.to, root: toHex(judgement.root), chain: toHex(judgement.chain) },
    ...{ keys: history.after(trust.keys.log), witnesses: trust.keys.witnesses.map(formatVerifierKey) },
  };
  return { report, learned };
}

type Heard = {
  readonly statements: readonly Statement[];
  readonly newest: Statement | undefined;
  readonly milestones: readonly Milestone[];
  readonly findings: readonly LogFinding[];
};

function hearStatements({ note, olderNotes, origin, findings }: Evidence, { keys }: Trust): Heard {
  const newest = note === undefined ? undefined : readStatement(note, origin, keys);
  const read = [...(newest ? [newest] : []), ...olderNotes.map((older) => readStatement(older, origin, keys))];
  const statements = read.flatMap(({ statement }) => (statement ? [statement] : []));
  return {
    statements,
    newest: newest?.statement,
    milestones: statements.map((one) => milestoneOf(one, one === newest?.statement)),
    findings: [...findings, ...read.flatMap((one) => one.findings)],
  };
}

const LAST_CHECK = 'the last check on this machine';

/** What the log has to go through since the last check; nothing when a copy of this size is older than that. */
function lastCheckOf(
  seen: Seen | undefined,
  sizeOfCopy: number,
): { readonly lastCheck: readonly Milestone[]; readonly isOlder: boolean } {
  if (!seen) return { lastCheck: [], isOlder: false };
  const { size, root, chain } = seen;
  if (sizeOfCopy < size) return { lastCheck: [], isOlder: true };
  const milestone: Milestone = {
    ...{ size, saidBy: LAST_CHECK, otherwise: 'HISTORY_CHANGED', shorter: 'HISTORY_SHORTENED' },
    ...(root !== undefined && { root: Buffer.from(root, 'hex') }),
    ...(chain !== undefined && { chain: Buffer.from(chain, 'hex') }),
  };
  return { lastCheck: [milestone], isOlder: false };
}

function milestoneOf({ size, root, cosignatures }: Statement, isNewest: boolean): Milestone {
  const by = cosignatures.map(({ witness }) => witness).join(', ');
  const saidBy = isNewest ? 'the checkpoint' : `the checkpoint of ${size} events, cosigned by ${by || 'nobody'}`;
  return { size, root, saidBy, otherwise: 'ROOT_MISMATCH', shorter: 'HISTORY_SHORTENED' };
}

/** A checkpoint that nothing leads to proves nothing of the events. */
function unproven(untold: readonly Milestone[], { to }: LogSource, wrong: number): readonly LogFinding[] {
  if (wrong > 0) return [];
  return untold
    .filter(({ root, otherwise }) => root !== undefined && otherwise === 'ROOT_MISMATCH')
    .map(({ saidBy, size }) => ({
      ...{ position: to - 1, code: 'TILE_MISSING', where: saidBy },
      detail: `tiles are missing that would lead from these events to ${saidBy} of ${size}`,
    }));
}

function missingWitnesses(statements: readonly Statement[], required: number): readonly LogFinding[] {
  const found = new Set(cosignaturesIn(statements).map(({ witness }) => witness)).size;
  if (found >= required) return [];
  const detail = `${found} of the ${required} witnesses that you ask for stand behind the log`;
  return [{ position: 0, code: 'WITNESS_MISSING', detail, where: 'checkpoint' }];
}

const cosignaturesIn = (statements: readonly Statement[]): LogReport['cosignatures'] =>
  statements.flatMap(({ size, cosignatures }) =>
    cosignatures.map(({ witness, atS }) => ({ witness, size, at: new Date(atS * 1_000).toISOString() })),
  );

const checkpointView = ({ size, root, signedBy }: Statement): NonNullable<LogReport['checkpoint']> => ({
  ...{ size, root: toHex(root) },
  signedBy: signedBy.map(formatVerifierKey),
});

type Circumstances = {
  readonly trust: Trust;
  readonly statements: readonly Statement[];
  readonly untold: readonly Milestone[];
  readonly lacking: number;
  readonly archives: readonly ArchiveSeen[];
  readonly isOlder: boolean;
  readonly newest: Statement | undefined;
};

function warningsOf({
  trust,
  statements,
  untold,
  lacking,
  archives,
  isOlder,
  newest,
}: Circumstances): readonly string[] {
  const cosigned = new Set(cosignaturesIn(statements).map(({ witness }) => witness));
  const silent = trust.keys.witnesses.map(({ name }) => name).filter((name) => !cosigned.has(name));
  return [
    ...(trust.keys.witnesses.length === 0 ? ['no witness is known: nobody outside stands behind this log'] : []),
    ...silent.map((name) => `the witness ${name} has cosigned nothing that is served`),
    ...(newest?.unknown ?? []).map((name) => `a signature of ${name} was left aside: its key is not known`),
    ...(lacking > 0
      ? [`${lacking} events lack their data; whether the log records an erasure of it cannot be told from this part`]
      : []),
    ...archives.map(archiveText),
    ...(isOlder
      ? [
          `the log was seen longer than this before (${LAST_CHECK}): this is an older copy, and was not compared with it`,
        ]
      : []),
    ...untold
      .filter(({ saidBy }) => saidBy === LAST_CHECK)
      .map(() => `this could not be compared with ${LAST_CHECK}: it lacks the tiles for that`),
  ];
}

const archiveText = ({ events, from, to, digest }: ArchiveSeen): string =>
  `${events} events of the positions ${from} to before ${to} are archived: their hashes, the chain and the tree hold, what they say is in the bundle with the digest ${digest}; check it, too, with --archive <bundle>`;
