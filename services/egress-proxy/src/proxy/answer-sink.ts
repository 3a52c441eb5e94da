import type { ServerResponse } from 'node:http';
import type { AnswerSink } from '../bodies/passed-answer.ts';
import { FetchStopped, stop } from '../fetch/fetch-stop.ts';
import { VIA } from '../guards/loop-guard.ts';
import { mustClose } from './answers.ts';

/** A client that reads an answer while it comes in. */
export type ClientSink = AnswerSink & {
  readonly hasBegun: () => boolean;
  /** Gives it the end, once the fact of the whole is sealed; or breaks its connection off, so that it takes the part for no whole. */
  readonly end: (isWhole: boolean) => void;
};

/** The newest bytes stay here until more come, or the end: nobody has an answer as a whole of which the ledger does not have the fact. */
export function answerSink(response: ServerResponse): ClientSink {
  let newest: Uint8Array | undefined;

  async function send(bytes: Uint8Array): Promise<void> {
    if (response.write(bytes)) return;
    await roomIn(response);
  }

  return {
    begin: ({ status, headers, sizeBytes }) => {
      const length = sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) };
      response.writeHead(status, { ...headers, ...length, ...mustClose(response), via: VIA });
      newest = Buffer.alloc(0);
    },
    write: async (bytes) => {
      if (newest !== undefined && newest.length > 0) await send(newest);
      if (response.destroyed || response.closed) throw new FetchStopped(GONE);
      newest = bytes;
    },
    hasBegun: () => newest !== undefined,
    end: (isWhole) => {
      if (isWhole) response.end(newest);
      else response.destroy();
    },
  };
}

/** Resolves once there is room for more, or nobody reads any more. */
function roomIn(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  response.on('drain', done).on('close', done);
  if (response.destroyed) done();
  return promise.finally(() => response.off('drain', done).off('close', done));
}

const GONE = stop('CONNECTION_GONE', 'body', 'whoever asked went away before the answer was whole');
