import { createHash } from 'node:crypto';
import type { SpentBuffers } from '@causeway/service-kit';
import { FetchStopped, halt, stop, type Stop } from '../fetch/fetch-stop.ts';
import type { PieceBody } from './piece-body.ts';

/** The body of a forwarded request, still with whoever sends it. */
export type ComingBody = {
  /** As announced; undefined where it is not (RFC 9112 section 7.1). */
  readonly sizeBytes: number | undefined;
  /** Reads no further than what was taken. */
  readonly pieces: () => AsyncIterable<Uint8Array>;
};

type Passing = {
  /** Most bytes that it may have. */
  readonly maxBytes: number;
  readonly spent: SpentBuffers;
  /** Told the SHA-256, in hexadecimal, once all of it has left. */
  readonly onWhole: (sha256: string) => void;
};

/** It leaves in pieces of so many bytes, so that what framing and TLS add is a small share of it however it came in. */
const PIECE_BYTES = 65_536;

/**
 * A body that is passed on while it comes in, one piece in memory at a time. Throws FetchStopped REQUEST_BODY_TOO_LARGE in place of the piece that is
 * too much, and CONNECTION_GONE when whoever sends it goes away: then it never arrives whole.
 */
export function passedBody(coming: ComingBody, { maxBytes, spent, onWhole }: Passing): PieceBody {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const piece of gathered(fromClient(coming.pieces()))) {
      sizeBytes += piece.length;
      halt(passedBodyStop(sizeBytes, maxBytes));
      hash.update(piece);
      spent.add(2 * piece.length);
      yield piece;
    }
    onWhole(hash.digest('hex'));
  }
  return { sizeBytes: coming.sizeBytes, sha256: undefined, pieces };
}

/** What is wrong with a body that has so many bytes by now. */
export function passedBodyStop(sizeBytes: number, maxBytes: number): Stop | undefined {
  if (sizeBytes <= maxBytes) return undefined;
  return stop('REQUEST_BODY_TOO_LARGE', 'exchange', `the body has more than the ${maxBytes} bytes that may leave`);
}

async function* gathered(coming: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let filled = 0;
  for await (const bytes of coming) {
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + PIECE_BYTES - filled);
      piece.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < PIECE_BYTES) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

async function* fromClient(coming: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* coming;
  } catch (cause) {
    const detail = 'whoever sent the request went away before its body was whole';
    throw new FetchStopped(stop('CONNECTION_GONE', 'exchange', detail), { cause });
  }
}
