import type { Appended, ErrorCode, ReplyEnvelope } from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import type { Outcome } from './batch.ts';
import type { Standing } from './leadership.ts';

export const full = rejected(
  'LEDGER_BUSY',
  'more appends wait than the ledger takes; send the same request again later',
);
/** What becomes of a request, as it is answered. */
export const replyOf = (outcome: Outcome): ReplyEnvelope<Appended> =>
  outcome.kind === 'refused' ? { ok: false, rejection: outcome.rejection } : ok(outcome.answer);

export const notWritten = rejected(
  'LEDGER_UNAVAILABLE',
  'the database refused to write; send the same request again later',
);
export const notKnown = rejected(
  'LEDGER_UNAVAILABLE',
  'the connection to the database was lost, and whether this was written is not known; send the same request, with the same ids, again',
);

/** The refusal of a replica that cannot write now. */
export function withoutTerm(standing: Standing): ReplyEnvelope<Appended> {
  const code: ErrorCode = standing === 'follows' ? 'LEDGER_NOT_LEADER' : 'LEDGER_UNAVAILABLE';
  const why = standing === 'follows' ? 'another replica writes the log' : 'the database cannot be reached';
  return rejected(code, `${why}; send the same request, with the same ids, again`);
}
