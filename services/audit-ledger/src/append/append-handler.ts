import {
  Append,
  fieldErrors,
  parseSubject,
  type Appended,
  type ReplyEnvelope,
  type RequestMeta,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import type { AppendHandlers } from './append.controller.ts';
import { prepareAppend } from './prepare.ts';
import type { Writer } from './writer.ts';

/** Answers appends: who writes is told by the subject, which the bus allows to one user each. */
export function appendHandlers(writer: Pick<Writer, 'append'>, newSalt: () => Uint8Array): AppendHandlers {
  async function take(request: Append, from: string, meta: RequestMeta): Promise<ReplyEnvelope<Appended>> {
    const prepared = prepareAppend(request, { writer: from, meta, newSalt });
    return prepared.accepted ? writer.append(prepared.append) : { ok: false, rejection: prepared.rejection };
  }

  async function check(request: unknown, from: string, meta: RequestMeta): Promise<ReplyEnvelope<Appended>> {
    const parsed = Append.safeParse(request);
    if (parsed.success) return take(parsed.data, from, meta);
    return rejected('REQUEST_INVALID', 'the append does not fit: see errors', { errors: fieldErrors(parsed.error) });
  }

  return {
    one: ({ data, meta, subject }) => take(data, writerIn(subject), meta),
    all: async ({ data, meta, subject }) => {
      const from = writerIn(subject);
      return ok({ answers: await Promise.all(data.appends.map((request) => check(request, from, meta))) });
    },
  };
}

/** The last token of the subject; only these two subjects lead here. */
function writerIn(subject: string): string {
  const parts = parseSubject(subject);
  if (parts?.kind !== 'append' && parts?.kind !== 'append-all') throw new Error(`${subject} takes no appends`);
  return parts.writer;
}
