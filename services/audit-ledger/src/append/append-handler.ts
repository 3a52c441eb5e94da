import { parseSubject } from '@causeway/contracts';
import { rejected } from '@causeway/messaging';
import type { AppendHandler } from './append.controller.ts';
import { prepareAppend } from './prepare.ts';
import type { Writer } from './writer.ts';

/** Answers appends: who writes is told by the subject, which the bus allows to one user each. */
export function appendHandler(writer: Writer, newSalt: () => Uint8Array): AppendHandler {
  return async ({ data, meta, subject }) => {
    const parts = parseSubject(subject);
    if (parts?.kind !== 'append') return rejected('REQUEST_INVALID', `${subject} is not where appends are sent`);
    const prepared = prepareAppend(data, { writer: parts.writer, meta, newSalt });
    return prepared.accepted ? writer.append(prepared.append) : { ok: false, rejection: prepared.rejection };
  };
}
