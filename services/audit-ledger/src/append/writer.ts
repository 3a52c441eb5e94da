import type { Appended, ReplyEnvelope } from '@causeway/contracts';
import type { Log } from '@causeway/messaging';
import { planBatch, type Outcome } from './batch.ts';
import { commitBatch, isStillLeading } from './commit-batch.ts';
import { isRolledBack, isUniqueViolation } from './commit-error.ts';
import type { AppendOutcome, WriterMetrics } from '../metrics.ts';
import type { Standing, Term } from './leadership.ts';
import { logMemory, type LogReader } from './log-memory.ts';
import type { PreparedAppend } from './prepare.ts';
import { full, notKnown, notWritten, replyOf, withoutTerm } from './replies.ts';
import { sealBatch, type HeadOfLog, type SealedBatch } from './seal.ts';
import { waitingLine, type Waiting } from './waiting.ts';
import { within } from './within.ts';

export type Writer = {
  /** Answers once the append is durable, or refused; never throws. */
  readonly append: (request: PreparedAppend) => Promise<ReplyEnvelope<Appended>>;
  /** Writes from now on. */
  readonly begin: (term: Term) => void;
  /** Does not write for now. */
  readonly pause: (standing: Standing) => void;
  /** Resolves when everything that was taken is answered. */
  readonly drain: () => Promise<void>;
};

export type WriterOptions = {
  readonly origin: string;
  readonly now: () => string;
  readonly log: Log;
  /** Answers what memory does not know, beside the writer's own connection, which is busy with commits. */
  readonly reader: LogReader;
  /** Called when the term is over as far as the writer can tell. */
  readonly onLost: (reason: unknown) => void;
  readonly metrics: WriterMetrics;
  /** Called after each commit, in the order of the log; must neither throw nor wait. */
  readonly onCommitted: (batch: SealedBatch) => void;
  /** Most events that may wait; default 16,384. */
  readonly maxWaitingEvents?: number;
  /** How long a commit may take before its outcome counts as unknown, in ms; default 10,000. */
  readonly commitTimeoutMs?: number;
  /** How long appends wait for the first term, or for a lost connection to come back, in ms; default 5,000. */
  readonly graceMs?: number;
};

type Decided = { readonly waiting: Waiting; readonly outcome: Outcome };

/** A batch on its way: decided and sent, its outcome not yet known. */
type Flight = {
  readonly decided: readonly Decided[];
  readonly sealed?: SealedBatch;
  /** True once what was sent took effect; false when it changed nothing, because the head or the epoch is another. */
  readonly effective: Promise<boolean>;
  /** When it was sent, in ms of the process's clock. */
  readonly sentAt: number;
  readonly during: Term;
  /** Which line of predicted heads it belongs to. */
  readonly course: number;
};

const MIB = 1024 * 1024;
const LINGER_MS = 2;
/** Batches on their way at once: one commits, one waits at the server, one is on the wire. */
const MAX_FLIGHTS = 3;
/** Behind a batch on its way another one leaves only when it is at least this large; each costs a commit. */
const WORTH_A_FLIGHT = 48;
/** Smaller than what fits into one commit, so that several are on their way and neither side waits for the other. */
const MAX_BATCH_EVENTS = 256;

/**
 * The one writer of the log, with group commit: while batches are being committed the next one is decided, on top of what is under way. A batch
 * is one statement that names the head it follows, so it takes effect only when all before it did; each request in it is decided as if it stood
 * alone. Nobody is answered before the batch that decided about them is known to have taken effect, refusals included: they may rest on what
 * is under way, or on what another writer has long changed. When an outcome is not known the requests are looked up by their ids before they
 * are written again.
 */
export function createWriter(options: WriterOptions): Writer {
  const { origin, now, log, reader, metrics, onLost, onCommitted } = options;
  const { maxWaitingEvents = 16_384, commitTimeoutMs = 10_000, graceMs = 5_000 } = options;
  const line = waitingLine({
    ...{ maxWaitingEvents, maxWaitingBytes: 64 * MIB },
    ...{ maxBatchEvents: MAX_BATCH_EVENTS, maxBatchBytes: 4 * MIB },
  });
  const memory = logMemory();
  let term: Term | undefined;
  /** Where the log ends for certain. */
  let head: HeadOfLog = { nextPosition: 0, chain: new Uint8Array() };
  /** Where it will end when everything under way takes effect. */
  let tail = head;
  let course = 0;
  const landings: Promise<void>[] = [];
  let standing: Standing = 'cut off';
  // Before the first attempt to lead it is not known who does.
  let waitsUntil = Date.now() + graceMs;
  let running: Promise<void> | undefined;

  function append(request: PreparedAppend): Promise<ReplyEnvelope<Appended>> {
    if (!term && !mayResume()) {
      tell('unavailable', 1);
      return Promise.resolve(withoutTerm(standing));
    }
    return new Promise((resolve) => {
      if (line.add({ request, answer: resolve, mayBeStored: false })) return wake();
      tell('busy', 1);
      resolve(full);
    });
  }

  /** Whether the connection may come back before those who wait give up. */
  const mayResume = (): boolean => standing === 'cut off' && Date.now() < waitsUntil;

  function wake(): void {
    if (running || !term || line.count() === 0) return;
    running = writeAll().finally(() => {
      running = undefined;
      wake();
    });
  }

  async function writeAll(): Promise<void> {
    while (term && line.count() > 0) {
      await gather();
      const isWorthIt = landings.length === 0 || line.events() >= WORTH_A_FLIGHT;
      if (!isWorthIt || landings.length >= MAX_FLIGHTS) await landings[0];
      else if (term) await launch(line.take(), term);
    }
  }

  /** One caller alone is served at once; where several wait, others are about to come, and a larger batch costs the same commit. */
  async function gather(): Promise<void> {
    const until = performance.now() + LINGER_MS;
    let seen = 0;
    while (line.count() > 1 && line.count() > seen && line.events() < MAX_BATCH_EVENTS && performance.now() < until) {
      seen = line.count();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /**
   * What was decided holds on the course that it was begun on: when that changed meanwhile, be it at the very last moment, the batch waits again.
   */
  async function launch(batch: readonly Waiting[], during: Term): Promise<void> {
    const own = course;
    try {
      const outcomes = await within(commitTimeoutMs, planned(batch));
      const decided = batch.map((waiting, index) => ({ waiting, outcome: outcomes[index]! }));
      if (own === course && term === during) fly(decided, during);
      else line.putBack(batch);
    } catch (error) {
      failed(error, batch, during);
    }
  }

  async function planned(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    const requests = requestsOf(batch);
    await memory.learnEarlier(reader, requestsOf(batch.filter(({ mayBeStored }) => mayBeStored)));
    if (!isNewStreamAlone(batch)) await memory.learnVersions(reader, requests);
    const outcomes = planBatch(requests, memory.known(tail.nextPosition));
    // A conflict may be the request's own success, sent again after it was forgotten here.
    const doubtful = requests.filter((_, index) => isConflict(outcomes[index]!) && !batch[index]!.mayBeStored);
    const found = await memory.learnEarlier(reader, doubtful);
    return found > 0 ? planBatch(requests, memory.known(tail.nextPosition)) : outcomes;
  }

  function fly(decided: readonly Decided[], during: Term): void {
    const fitting = decided.filter(({ outcome }) => outcome.kind === 'sealed');
    const sealed = fitting.length > 0 ? seal(fitting) : undefined;
    const effective = sealed
      ? commitBatch(during.client, sealed, { origin, epoch: during.epoch })
      : isStillLeading(during.client, { origin, epoch: during.epoch });
    effective.catch(() => {});
    const flight: Flight = {
      decided,
      effective,
      during,
      course,
      sentAt: performance.now(),
      ...(sealed ? { sealed } : {}),
    };
    const landing = (landings.at(-1) ?? Promise.resolve()).then(() => land(flight));
    landings.push(landing);
  }

  function seal(fitting: readonly Decided[]): SealedBatch {
    const { versionOf } = memory.known(tail.nextPosition);
    const appends = fitting.map(({ waiting }) => waiting.request);
    const sealed = sealBatch(appends, tail, { origin, time: now(), versionOf });
    tail = sealed.to;
    const answers = fitting.flatMap(({ outcome }) => (outcome.kind === 'sealed' ? [outcome.answer] : []));
    memory.remember(sealed, answers);
    return sealed;
  }

  /** Runs in the order of departure. */
  async function land(flight: Flight): Promise<void> {
    const { decided, sealed, effective, during, course: own } = flight;
    const batch = decided.map(({ waiting }) => waiting);
    try {
      const isEffective = await within(commitTimeoutMs, effective);
      if (own !== course && !(isEffective && sealed)) line.putBack(batch);
      else if (!isEffective) throw new Error('another writer has moved the log on');
      else settle(flight);
    } catch (error) {
      if (own === course) startOver();
      failed(error, batch, during);
    } finally {
      void landings.shift();
      // What was put back may be all that waits: no other append would come and write it.
      wake();
    }
  }

  function settle({ decided, sealed, during, sentAt }: Flight): void {
    if (sealed) metrics.batch(sealed.events.length, (performance.now() - sentAt) / 1_000);
    if (sealed && term === during) {
      head = sealed.to;
      onCommitted(sealed);
    }
    for (const { waiting, outcome } of decided) waiting.answer(replyOf(outcome));
    for (const kind of ['sealed', 'repeated', 'refused'] as const)
      tell(kind, decided.filter(({ outcome }) => outcome.kind === kind).length);
    metrics.queue(line.events());
  }

  function tell(outcome: AppendOutcome, appends: number): void {
    if (appends > 0) metrics.outcome(outcome, appends);
  }

  function failed(error: unknown, batch: readonly Waiting[], during: Term): void {
    const first = batch.filter(({ mayBeStored }) => !mayBeStored);
    if (isUniqueViolation(error) && first.length > 0) return line.putBack(doubted(batch));
    if (isRolledBack(error)) {
      log.error({ err: error }, 'a batch was refused by the database');
      for (const { answer } of batch) answer(notWritten);
      return tell('unavailable', batch.length);
    }
    for (const { answer } of batch.filter(({ mayBeStored }) => mayBeStored)) answer(notKnown);
    tell('unavailable', batch.length - first.length);
    line.putBack(doubted(first));
    if (term === during) onLost(error);
  }

  /** What was decided on top of the batch that failed comes back by itself: its head never came to be. */
  function startOver(): void {
    course++;
    tail = head;
    memory.forget();
  }

  function endTerm(next: Standing): void {
    if (term) waitsUntil = Date.now() + graceMs;
    term = undefined;
    standing = next;
    if (mayResume()) return;
    const left = line.takeAll();
    for (const { answer } of left) answer(withoutTerm(next));
    tell('unavailable', left.length);
    metrics.queue(0);
  }

  return {
    append,
    begin: (next) => {
      term = next;
      head = next.head;
      startOver();
      standing = 'leads';
      wake();
    },
    pause: endTerm,
    drain: async () => {
      while (running || landings.length > 0) await (running ?? landings.at(-1));
      waitsUntil = 0;
      endTerm('cut off');
    },
  };
}

/** A first append to new streams is tried without a look: were they there, the database would refuse it, and then it is looked. */
const isNewStreamAlone = (batch: readonly Waiting[]): boolean =>
  batch.length === 1 &&
  !batch[0]!.mayBeStored &&
  batch[0]!.request.expectations.every(({ expected }) => expected === 'none');

const requestsOf = (batch: readonly Waiting[]): PreparedAppend[] => batch.map(({ request }) => request);
const doubted = (batch: readonly Waiting[]): Waiting[] => batch.map((waiting) => ({ ...waiting, mayBeStored: true }));
const isConflict = (outcome: Outcome): boolean =>
  outcome.kind === 'refused' && outcome.rejection.code === 'VERSION_CONFLICT';
