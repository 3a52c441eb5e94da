import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Run } from '../runs/run-slots.ts';
import { credentialOf, type EgressPlace } from './egress-place.ts';
import { PAGES_HOST } from './pack.ts';
import type { Direction } from './tunnels.ts';

const PIECE = Buffer.alloc(65_536, 'x');

type Asked = { readonly bytes: number; readonly direction: Direction };

/** One request through the forward proxy with a body of so many bytes there or back. Throws when it is not answered with 200, or with less. */
export async function forwardedBody(place: EgressPlace, run: Run, { bytes, direction }: Asked): Promise<void> {
  const sent = asking(place, run, { bytes, direction });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  if (direction === 'sending') await write(sent, bytes);
  sent.end();
  const [answer] = await answered;
  let came = 0;
  for await (const chunk of answer) came += (chunk as Buffer).length;
  if (answer.statusCode !== 200 || (direction === 'receiving' && came !== bytes))
    throw new Error(`a forwarded body was answered with ${answer.statusCode} and ${came} bytes`);
}

function asking({ site, proxyPort }: EgressPlace, run: Run, { bytes, direction }: Asked): ClientRequest {
  const host = `${PAGES_HOST}:${site.pages}`;
  const headers = { host, 'proxy-authorization': credentialOf(run) };
  const at = { host: '127.0.0.1', port: proxyPort, agent: false } as const;
  if (direction === 'receiving') return request({ ...at, headers, path: `http://${host}/bodies/${bytes}` });
  const sending = { ...headers, 'content-length': String(bytes), 'content-type': 'application/octet-stream' };
  return request({ ...at, method: 'POST', headers: sending, path: `http://${host}/page` });
}

async function write(sent: ClientRequest, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= PIECE.length)
    if (!sent.write(left < PIECE.length ? PIECE.subarray(0, left) : PIECE)) await once(sent, 'drain');
}
