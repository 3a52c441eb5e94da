import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

type Document = { readonly contentType: string; readonly content: Buffer; readonly delayMs: number };
type Publication = { readonly at: string; readonly contentType: string; readonly text: string };

const CONTENT = join(import.meta.dirname, '..', 'content');
const MAX_BODY_BYTES = 65_536;

const document = (path: string, contentType: string, delayMs = 0): [string, Document] => [
  path,
  { contentType, content: readFileSync(join(CONTENT, path)), delayMs },
];

const DOCUMENTS: ReadonlyMap<string, Document> = new Map([
  document('/instructions.md', 'text/markdown; charset=utf-8'),
  document('/pages/lock.md', 'text/markdown; charset=utf-8'),
  document('/pages/traffic.html', 'text/html; charset=utf-8'),
  // Slow enough that something can be killed while this page is being fetched.
  document('/pages/water.md', 'text/markdown; charset=utf-8', 1_000),
]);

const published: Publication[] = [];

const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '4790' } },
});

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    response.destroy();
  });
});
server.listen(Number(values.port), values.host, () => {
  process.stdout.write(`content server on ${values.host}:${values.port}\n`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://content');
  const asked = `${request.method} ${pathname}`;
  process.stdout.write(`${asked}\n`);
  if (asked === 'POST /publish') return publish(request, response);
  if (asked === 'GET /published') return answer(response, 200, { count: published.length, publications: published });
  const found = ['GET', 'HEAD'].includes(request.method ?? '') ? DOCUMENTS.get(pathname) : undefined;
  if (!found) return answer(response, 404, { error: `there is no ${pathname} here` });
  await sleep(found.delayMs);
  response.writeHead(200, { 'content-type': found.contentType, 'content-length': found.content.length });
  response.end(request.method === 'HEAD' ? undefined : found.content);
}

async function publish(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > MAX_BODY_BYTES) return answer(response, 413, { error: `at most ${MAX_BODY_BYTES} bytes` });
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  published.push({ at: new Date().toISOString(), contentType: request.headers['content-type'] ?? '', text });
  answer(response, 201, { number: published.length });
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
