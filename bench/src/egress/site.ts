import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { Readable } from 'node:stream';
import { serveTunnel } from './tunnel-talk.ts';

/** What everybody reads from and writes to: a page by HTTP on one port, and what tunnels carry on another. In a process of its own. */
const PAGE = Buffer.alloc(1_024, 'a page of text\n');

const PIECE = Buffer.alloc(65_536, 'x');
const BODY = /^\/bodies\/(\d+)$/;

/** A body of so many bytes, made while it is read. */
function* piecesOf(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= PIECE.length) yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
}

const pages = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [, bytes] = BODY.exec(request.url ?? '') ?? [];
  if (bytes !== undefined) {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
    return void Readable.from(piecesOf(Number(bytes))).pipe(response);
  }
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': PAGE.length });
    response.end(PAGE);
  });
});
const tunnels = createServer({ noDelay: true }, serveTunnel);

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', 4_096, () => resolve((server.address() as AddressInfo).port)));

process.send?.({ pages: await listening(pages), tunnels: await listening(tunnels) });
process.on('SIGTERM', () => process.exit(0));
