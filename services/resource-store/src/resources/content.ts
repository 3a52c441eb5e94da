import { isUtf8 } from 'node:buffer';
import {
  fetchForStep,
  type IngestInput,
  type Provenance,
  type ReplyEnvelope,
  type RequestMeta,
  type StepGrant,
} from '@causeway/contracts';
import { ok, rejected, type Bus } from '@causeway/messaging';
import { acceptedMediaType, mediaTypeOfFile } from './domain/media-type.ts';
import { readFileWithin } from './files.ts';

/** What a source gave, and what it took to get it. */
export type Content = {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly provenance: Provenance;
  readonly bytesIn: number;
  readonly bytesOut: number;
};

export type ContentOptions = { readonly bus: Bus; readonly ingestFolder: string; readonly maxBytes: number };
type Call = { readonly grant: StepGrant; readonly input: IngestInput; readonly meta: RequestMeta };
type Found = ReplyEnvelope<Content>;

const RESEND_MS = 3_000;

/** Takes in what a step names, and refuses what is too large or is not text. */
export function contentReader({ bus, ingestFolder, maxBytes }: ContentOptions) {
  async function fromFile(path: string, { grant }: Call): Promise<Found> {
    const file = await readFileWithin({
      folder: ingestFolder,
      path,
      maxBytes: Math.min(maxBytes, grant.byteAllowance),
    });
    if (!file.ok) return file;
    const provenance = { source: 'file' as const, ref: path, callId: grant.callId };
    return ok({
      bytes: file.value,
      mediaType: mediaTypeOfFile(path),
      provenance,
      bytesIn: file.value.length,
      bytesOut: 0,
    });
  }

  async function fromUrl(url: string, { grant, meta }: Call): Promise<Found> {
    const timeoutMs = Math.max(1, Date.parse(grant.deadlineAt) - Date.now());
    const reply = await bus.request(fetchForStep, { grant, url }, meta, { timeoutMs, attemptMs: RESEND_MS });
    if (!reply.ok) return reply;
    const { result, bytesIn, bytesOut } = reply.value;
    const facts = { bytesIn, bytesOut };
    if (result.status >= 400) {
      const detail = `${url} answered with status ${result.status}, so there is nothing to keep; check the address`;
      return rejected('RESOURCE_NOT_FOUND', detail, { facts });
    }
    const mediaType = acceptedMediaType(result.contentType);
    if (mediaType === undefined) {
      const detail = `${url} answered with ${result.contentType ?? 'no content type'}; text, JSON, XML and Markdown are kept`;
      return rejected('RESOURCE_TYPE_REFUSED', detail, { facts });
    }
    if (result.body === undefined) {
      // Fetching again is safe, but under this call's id the answer would be the same: it takes another attempt.
      return rejected('SERVICE_UNAVAILABLE', `${url} was fetched, but its content was lost on the way; ask again`, {
        facts,
      });
    }
    const bytes = Buffer.from(result.body, result.bodyEncoding);
    return ok({ bytes, mediaType, provenance: { source: 'url', ref: url, callId: grant.callId }, bytesIn, bytesOut });
  }

  function fromText({ text, title }: Extract<IngestInput, { source: 'text' }>, { grant }: Call): Found {
    if (!text.isWellFormed())
      return rejected('RESOURCE_TYPE_REFUSED', 'the text holds half a surrogate pair; send well-formed Unicode');
    const provenance = { source: 'text' as const, ref: title, callId: grant.callId };
    return ok({ bytes: Buffer.from(text), mediaType: 'text/plain', provenance, bytesIn: 0, bytesOut: 0 });
  }

  function checked(found: Found): Found {
    if (!found.ok) return found;
    const { bytes, bytesIn, bytesOut } = found.value;
    const facts = { bytesIn, bytesOut };
    if (bytes.length > maxBytes) {
      return rejected(
        'RESOURCE_TOO_LARGE',
        `it has ${bytes.length} bytes and at most ${maxBytes} are kept; take in a part of it`,
        { facts },
      );
    }
    if (isUtf8(bytes)) return found;
    return rejected('RESOURCE_TYPE_REFUSED', 'it is not text in UTF-8; convert it first', { facts });
  }

  return async (call: Call): Promise<Found> => {
    const { input } = call;
    switch (input.source) {
      case 'text':
        return checked(fromText(input, call));
      case 'file':
        return checked(await fromFile(input.path, call));
      case 'url':
        return checked(await fromUrl(input.url, call));
    }
  };
}
