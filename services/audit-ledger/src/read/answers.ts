import type {
  DataOf,
  getHead,
  MessageContract,
  readAll,
  readRaw,
  readStream,
  ReplyEnvelope,
  ReplyOf,
} from '@causeway/contracts';
import { DependencyError, ok, rejected } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import { Refused } from './refused.ts';
import { answerAll, answerHead, answerRaw, answerStream, readHead } from './log.queries.ts';

type Answer<C extends MessageContract> = (data: DataOf<C>) => Promise<ReplyEnvelope<ReplyOf<C>>>;

/** What can be asked of the log. */
export type Answers = {
  readonly head: Answer<typeof getHead>;
  readonly stream: Answer<typeof readStream>;
  readonly all: Answer<typeof readAll>;
  readonly raw: Answer<typeof readRaw>;
};

export type AnswersOptions = {
  readonly pool: Pool;
  readonly origin: string;
  /** First position not yet published, when this process knows. */
  readonly publishedTo: () => number | undefined;
};

const WAIT_MS = 2_000;
const POLL_MS = 20;

/** Answers questions about the log from the database. */
export function createAnswers({ pool, origin, publishedTo }: AnswersOptions): Answers {
  async function isThere(position: number): Promise<boolean> {
    const until = Date.now() + WAIT_MS;
    for (;;) {
      if ((await readHead(pool, origin)).nextPosition > position) return true;
      if (Date.now() >= until) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  return {
    head: () => reachable(() => answerHead(pool, origin, publishedTo())),
    stream: (data) => reachable(() => answerStream(pool, data)),
    raw: (data) => reachable(() => answerRaw(pool, origin, data)),
    all: async (data) => {
      const { minPosition } = data;
      if (minPosition !== undefined && !(await isThere(minPosition)))
        return rejected(
          'PROJECTION_BEHIND',
          `the log did not reach position ${minPosition} within ${WAIT_MS} ms; ask again`,
        );
      return reachable(() => answerAll(pool, origin, data));
    },
  };
}

/** The answer; a database that fails is told as such to whoever asks. */
export const reachable = <T>(ask: () => Promise<T>): Promise<ReplyEnvelope<T>> =>
  answering(async () => ok(await ask()));

/** The reply, which may be a refusal; a database that fails is told as such to whoever asks. */
export async function answering<T>(ask: () => Promise<ReplyEnvelope<T>>): Promise<ReplyEnvelope<T>> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof Refused) return { ok: false, rejection: cause.rejection };
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DependencyError('LEDGER_UNAVAILABLE', `the log could not be read (${why}); ask again`, { cause });
  }
}
