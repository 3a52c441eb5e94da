import type { Appended, ErrorCode, ReplyEnvelope } from '@causeway/contracts';
import { ok, rejected, type Log } from '@causeway/messaging';
import { planBatch, type Outcome } from './batch.ts';
import { commitBatch } from './commit-batch.ts';
import { isRolledBack, isUniqueViolation } from './commit-error.ts';
import type { Standing, Term } from './leadership.ts';
import { logMemory } from './log-memory.ts';
import { MAX_EVENTS, type PreparedAppend } from './prepare.ts';
import { sealBatch, type HeadOfLog, type SealedBatch } from './seal.ts';
import { waitingLine, type Waiting } from './waiting.ts';

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
  /** Called when the term is over as far as the writer can tell. */
  readonly onLost: (reason: unknown) => void;
  /** Called after each commit, in the order of the log; must neither throw nor wait. */
  readonly onCommitted: (batch: SealedBatch) => void;
  /** Most events that may wait; default 16,384. */
  readonly maxWaitingEvents?: number;
  /** How long a commit may take before its outcome counts as unknown, in ms; default 10,000. */
  readonly commitTimeoutMs?: number;
  /** How long appends wait for a lost connection to come back, in ms; default 5,000. */
  readonly graceMs?: number;
};

type Decided = { readonly waiting: Waiting; readonly outcome: Outcome };

const MIB = 1024 * 1024;
const LINGER_MS = 2;

/**
 * The one writer of the log, with group commit: while a batch is being committed the next one gathers. A batch is one statement; each request in
 * it is decided as if it stood alone. A request is answered only after its commit, and when a commit's outcome is not known the requests are
 * looked up by their ids before they are written again.
 */
export function createWriter(options: WriterOptions): Writer {
  const { origin, now, log, onLost, onCommitted } = options;
  const { maxWaitingEvents = 16_384, commitTimeoutMs = 10_000, graceMs = 5_000 } = options;
  const line = waitingLine({
    ...{ maxWaitingEvents, maxWaitingBytes: 64 * MIB },
    ...{ maxBatchEvents: MAX_EVENTS, maxBatchBytes: 4 * MIB },
  });
  const memory = logMemory();
  let term: Term | undefined;
  let head: HeadOfLog = { nextPosition: 0, chain: new Uint8Array() };
  let standing: Standing = 'cut off';
  let waitsUntil = 0;
  let running: Promise<void> | undefined;

  function append(request: PreparedAppend): Promise<ReplyEnvelope<Appended>> {
    if (!term && !mayResume()) return Promise.resolve(withoutTerm(standing));
    return new Promise((resolve) => {
      if (line.add({ request, answer: resolve, mayBeStored: false })) wake();
      else
        resolve(rejected('LEDGER_BUSY', 'more appends wait than the ledger takes; send the same request again later'));
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
      await write(line.take(), term);
    }
  }

  /** One caller alone is served at once; where several wait, others are about to come, and a larger batch costs the same commit. */
  async function gather(): Promise<void> {
    const until = performance.now() + LINGER_MS;
    let seen = 0;
    while (line.count() > 1 && line.count() > seen && line.events() < MAX_EVENTS && performance.now() < until) {
      seen = line.count();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function write(batch: readonly Waiting[], during: Term): Promise<void> {
    let open = batch;
    try {
      const decided = await within(commitTimeoutMs, decide(open, during));
      const sealed = answerSettled(decided);
      open = sealed.map(({ waiting }) => waiting);
      if (open.length > 0) await commit(sealed, during);
    } catch (error) {
      await failed(error, open, during);
    }
  }

  async function decide(batch: readonly Waiting[], { client }: Term): Promise<readonly Decided[]> {
    const requests = requestsOf(batch);
    await memory.learnEarlier(client, requestsOf(batch.filter(({ mayBeStored }) => mayBeStored)));
    await memory.learnVersions(client, requests);
    let outcomes = planBatch(requests, memory.known(head.nextPosition));
    // A conflict may be the request's own success, sent again after it was forgotten here.
    const doubtful = requests.filter((_, index) => isConflict(outcomes[index]!) && !batch[index]!.mayBeStored);
    if ((await memory.learnEarlier(client, doubtful)) > 0)
      outcomes = planBatch(requests, memory.known(head.nextPosition));
    return batch.map((waiting, index) => ({ waiting, outcome: outcomes[index]! }));
  }

  async function commit(decided: readonly Decided[], during: Term): Promise<void> {
    const appends = decided.flatMap(({ waiting, outcome }) => (outcome.kind === 'sealed' ? [waiting.request] : []));
    const { versionOf } = memory.known(head.nextPosition);
    const sealed = sealBatch(appends, head, { origin, time: now(), versionOf });
    const moved = await within(commitTimeoutMs, commitBatch(during.client, sealed, { origin, epoch: during.epoch }));
    if (!moved) throw new Error('another writer has moved the log on');
    head = sealed.to;
    memory.remember(sealed);
    onCommitted(sealed);
    for (const { waiting, outcome } of decided) waiting.answer(replyOf(outcome));
  }

  async function failed(error: unknown, batch: readonly Waiting[], during: Term): Promise<void> {
    const first = batch.filter(({ mayBeStored }) => !mayBeStored);
    if (isUniqueViolation(error) && first.length > 0) {
      memory.forget();
      return write(doubted(batch), during);
    }
    if (isRolledBack(error)) {
      log.error({ err: error }, 'a batch was refused by the database');
      for (const { answer } of batch) answer(notWritten);
      return;
    }
    for (const { answer } of batch.filter(({ mayBeStored }) => mayBeStored)) answer(notKnown);
    line.putBack(doubted(first));
    if (term === during) onLost(error);
  }

  function endTerm(next: Standing): void {
    if (term) waitsUntil = Date.now() + graceMs;
    term = undefined;
    standing = next;
    if (mayResume()) return;
    for (const { answer } of line.takeAll()) answer(withoutTerm(next));
  }

  return {
    append,
    begin: (next) => {
      memory.forget();
      term = next;
      head = next.head;
      standing = 'leads';
      wake();
    },
    pause: endTerm,
    drain: async () => {
      while (running) await running;
      waitsUntil = 0;
      endTerm('cut off');
    },
  };
}

const requestsOf = (batch: readonly Waiting[]): PreparedAppend[] => batch.map(({ request }) => request);
const doubted = (batch: readonly Waiting[]): Waiting[] => batch.map((waiting) => ({ ...waiting, mayBeStored: true }));
const isConflict = (outcome: Outcome): boolean =>
  outcome.kind === 'refused' && outcome.rejection.code === 'VERSION_CONFLICT';
const replyOf = (outcome: Outcome): ReplyEnvelope<Appended> =>
  outcome.kind === 'refused' ? { ok: false, rejection: outcome.rejection } : ok(outcome.answer);

const notWritten = rejected('LEDGER_UNAVAILABLE', 'the database refused to write; send the same request again later');
const notKnown = rejected(
  'LEDGER_UNAVAILABLE',
  'the connection to the database was lost, and whether this was written is not known; send the same request, with the same ids, again',
);

/** Answers what the batch cannot change any more; returns the rest. */
function answerSettled(decided: readonly Decided[]): readonly Decided[] {
  for (const { waiting, outcome } of decided) if (!outcome.dependsOnBatch) waiting.answer(replyOf(outcome));
  return decided.filter(({ outcome }) => outcome.dependsOnBatch);
}

function withoutTerm(standing: Standing): ReplyEnvelope<Appended> {
  const code: ErrorCode = standing === 'follows' ? 'LEDGER_NOT_LEADER' : 'LEDGER_UNAVAILABLE';
  const why = standing === 'follows' ? 'another replica writes the log' : 'the database cannot be reached';
  return rejected(code, `${why}; send the same request, with the same ids, again`);
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from the database within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
