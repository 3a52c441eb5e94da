import { createServer, type IncomingMessage, type Server } from 'node:http';
import { METRICS_TYPE, type WitnessMetrics } from './metrics.ts';
import type { Answer, Witness } from './witness.ts';

export type Listening = { readonly port: number; readonly close: () => Promise<void> };

export type HttpOptions = {
  readonly host: string;
  /** 0 asks the system for any free one. */
  readonly port: number;
  readonly name: string;
  readonly vkey: string;
  readonly witness: Witness;
  readonly metrics: WitnessMetrics;
};

/** A note with a hundred signatures and 63 hashes fits. */
const MAX_BODY_BYTES = 64 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;
const MAX_CONNECTIONS = 256;

/** `allow`: the method that an address takes (RFC 9110 15.5.6). */
type HttpAnswer = Answer & { readonly allow?: string };
type Handler = (request: IncomingMessage) => Promise<Answer>;

const json = (status: number, body: object): Answer => ({
  ...{ status, contentType: 'application/json' },
  body: `${JSON.stringify(body)}\n`,
});
const text = (status: number, body: string): Answer => ({ status, contentType: 'text/plain; charset=utf-8', body });

/** Serves a witness: `POST /add-checkpoint`, and for people and monitors `GET` of `/`, `/healthz`, `/readyz` and `/metrics`. */
export async function serve(options: HttpOptions): Promise<Listening> {
  const routes = routesOf(options);
  const server: Server = createServer({
    ...{ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    connectionsCheckingInterval: HEADERS_TIMEOUT_MS,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => {
    void respond(routes, request).then(({ status, contentType, body, allow }) => {
      // A body that was not read to its end cannot be told from the next request.
      const headers = {
        ...{ 'content-type': contentType, ...(allow === undefined ? {} : { allow }) },
        ...(request.complete ? {} : { connection: 'close' }),
      };
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function respond(routes: ReadonlyMap<string, Handler>, request: IncomingMessage): Promise<HttpAnswer> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const handler = routes.get(`${request.method} ${path}`);
  if (handler) {
    return handler(request).catch((error: unknown) =>
      text(503, `${error instanceof Error ? error.message : 'failed'}\n`),
    );
  }
  const allow = [...routes.keys()].find((route) => route.endsWith(` ${path}`))?.split(' ', 1)[0];
  if (allow === undefined) return text(404, 'there is nothing here\n');
  return { ...text(405, `${path} does not take ${request.method}\n`), allow };
}

function routesOf({ name, vkey, witness, metrics }: HttpOptions): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    [
      'POST /add-checkpoint',
      async (request) => {
        const body = await bodyOf(request);
        const answer = body
          ? await witness.addCheckpoint(body)
          : text(413, `a request has at most ${MAX_BODY_BYTES} bytes\n`);
        metrics.answered(answer.status);
        return answer;
      },
    ],
    ['GET /', async () => json(200, { name, vkey, logs: await witness.status() })],
    ['GET /healthz', () => Promise.resolve(json(200, { service: 'witness', status: 'ok' }))],
    [
      'GET /readyz',
      async () => {
        await witness.status();
        return json(200, { service: 'witness', status: 'ready' });
      },
    ],
    [
      'GET /metrics',
      async () => ({ status: 200, contentType: METRICS_TYPE, body: metrics.page(await witness.status()) }),
    ],
  ]);
}

/** The body of a request; undefined when it is longer than is taken. Rejects when the client goes away. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
