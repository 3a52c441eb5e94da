import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

export type WitnessAnswer = { readonly status: number; readonly type: string; readonly body: string };
/** Posts a body to an address. Rejects when there is no whole answer in time. */
export type Post = (url: string, body: string) => Promise<WitnessAnswer>;

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Posts to a witness: the one connection that the ledger opens besides bus and database, to addresses that the operator wrote down, carrying nothing
 * but signed checkpoints and hashes. Follows no redirect and reads at most 64 KiB, within 5 s in all.
 */
export const postToWitness: Post = (url, body) =>
  new Promise((resolve, reject) => {
    const target = new URL(url);
    const request = target.protocol === 'https:' ? overHttps : overHttp;
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const sent = request(target, { method: 'POST', headers, agent: false, signal }, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        parts.push(part);
        if (size > MAX_ANSWER_BYTES) response.destroy(new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`));
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body: Buffer.concat(parts).toString('utf8'),
        }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
