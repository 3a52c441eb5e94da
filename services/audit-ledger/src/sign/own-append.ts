import type { Append, Appended, ReplyEnvelope, RequestMeta } from '@causeway/contracts';
import { prepareAppend } from '../append/prepare.ts';
import type { Writer } from '../append/writer.ts';

export type OwnAppend = (request: Append, meta: RequestMeta) => Promise<ReplyEnvelope<Appended>>;

/** Appends events of the ledger about itself, past the bus. */
export function ownAppend(writer: Pick<Writer, 'append'>, newSalt: () => Uint8Array): OwnAppend {
  return async (request, meta) => {
    const prepared = prepareAppend(request, { writer: 'audit-ledger', meta, newSalt });
    return prepared.accepted ? writer.append(prepared.append) : { ok: false, rejection: prepared.rejection };
  };
}
