import { cosign, formatSignature, type SigningKey } from '@causeway/ledger';
import { decide, readSubmission, type Refusal, type Seen, type Submission } from './domain/add-checkpoint.ts';
import type { TrustedLogs } from './domain/trusted-logs.ts';
import type { Memory } from './memory.ts';

export type Answer = { readonly status: number; readonly contentType: string; readonly body: string };

/** What people and monitors are told of one log. */
export type LogStatus = {
  readonly origin: string;
  readonly size: number;
  /** Seconds since 1970; absent when this process has cosigned nothing of it yet. */
  readonly cosignedAt?: number;
};

export type Witness = {
  /** Answers an add-checkpoint request (C2SP tlog-witness). Never rejects: what cannot be done is answered with 503. */
  readonly addCheckpoint: (body: Uint8Array) => Promise<Answer>;
  /** Rejects when the trusted logs or the memory cannot be read. */
  readonly status: () => Promise<readonly LogStatus[]>;
};

/** What happened, for the log and the metrics of the process. */
export type WitnessEvents = {
  readonly refused: (refusal: Refusal, submission: Submission | undefined) => void;
  readonly failed: (error: unknown) => void;
};

export type WitnessOptions = {
  readonly key: SigningKey;
  /** Throws while it is not known which logs to trust. */
  readonly trusted: () => TrustedLogs;
  readonly memory: Memory;
  /** Seconds since 1970, whole. */
  readonly nowS: () => number;
  readonly events: WitnessEvents;
};

const TEXT = 'text/plain; charset=utf-8';
/** Media type of C2SP tlog-witness for the size that the log should have named. */
const SIZE = 'text/x.tlog.size';

/** C2SP tlog-witness. */
const STATUS_OF = {
  malformed: 400,
  'not signed': 403,
  'unknown log': 404,
  stale: 409,
  forked: 409,
  inconsistent: 422,
} as const satisfies { readonly [reason in Refusal['reason']]: number };

/** A witness: cosigns a checkpoint when it continues what was cosigned before, one request of a log after the other. */
export function createWitness({ key, trusted, memory, nowS, events }: WitnessOptions): Witness {
  const lines = new Map<string, Promise<unknown>>();
  const cosignedAt = new Map<string, number>();

  /** Reading what was seen and keeping what comes next is one act for each log: nothing of another request comes between. */
  function inLine<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const done = (lines.get(origin) ?? Promise.resolve()).then(work);
    const settled = done.catch(() => undefined);
    lines.set(origin, settled);
    void settled.then(() => lines.get(origin) === settled && lines.delete(origin));
    return done;
  }

  async function judge(submission: Submission): Promise<Answer> {
    const { origin, size } = submission.checkpoint;
    const seen = await memory.recall(origin);
    const decision = decide(submission, seen);
    if (!decision.ok) {
      events.refused(decision.refusal, submission);
      return refusalAnswer(decision.refusal, seen);
    }
    if (size > seen.size) await memory.keep(origin, decision.seen, submission.note);
    const timestampS = nowS();
    const signature = cosign(submission.text, key, timestampS);
    cosignedAt.set(origin, timestampS);
    return { status: 200, contentType: TEXT, body: formatSignature(signature) };
  }

  async function answer(body: Uint8Array): Promise<Answer> {
    const read = readSubmission(decodeText(body), trusted());
    if (read.ok) return inLine(read.submission.checkpoint.origin, () => judge(read.submission));
    events.refused(read.refusal, undefined);
    return refusalAnswer(read.refusal);
  }

  return {
    addCheckpoint: async (body) => {
      try {
        return await answer(body);
      } catch (error) {
        events.failed(error);
        const why = 'the witness cannot cosign now; its own log says why. Send the same request again later';
        return { status: 503, contentType: TEXT, body: `${why}\n` };
      }
    },
    status: async () =>
      Promise.all(
        [...trusted().keys()].map(async (origin) => {
          const { size } = await inLine(origin, () => memory.recall(origin));
          const at = cosignedAt.get(origin);
          return { origin, size, ...(at === undefined ? {} : { cosignedAt: at }) };
        }),
      ),
  };
}

/** Bytes that are not UTF-8 become a character that no line of a request can hold, so that they are refused as malformed. */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '\0';
  }
}

function refusalAnswer({ reason, detail }: Refusal, seen?: Seen): Answer {
  const status = STATUS_OF[reason];
  if (status === 409 && seen) return { status, contentType: SIZE, body: `${seen.size}\n` };
  return { status, contentType: TEXT, body: `${detail}\n` };
}
