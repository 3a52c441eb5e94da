import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createHash } from 'node:crypto';
import type { ForwardInput, Rejection, TunnelInput } from '@causeway/contracts';
import type { Log } from '@causeway/messaging';
import type { FetchAnswer } from '../fetch/fetch-calls.ts';
import { VIA } from '../guards/loop-guard.ts';
import { credentialOf } from './credential.ts';
import { NO_CREDENTIAL, refusalOf } from './refusal.ts';
import { authorityOf, forwardProblem, sendableHeaders, tunnelProblem, type RawRequest } from './raw-request.ts';
import type { Offered, StepOffers } from './step-offers.ts';
import type { Lobby, WaitingForward, WaitingTunnel } from './taken-up.ts';
import type { TunnelAnswer } from './tunnel-calls.ts';
import type { UnownedAttempts } from './unowned-attempts.ts';

export type ListenerParts = {
  readonly lobby: Lobby;
  readonly offer: StepOffers;
  readonly maxRequestBytes: number;
  /** 32 hexadecimal digits that nobody can guess. */
  readonly newConnectionId: () => string;
  readonly unowned: UnownedAttempts;
  readonly log: Log;
};

export type ProxyListener = {
  /** Port that it listens on; undefined while it does not. */
  readonly port: () => number | undefined;
  readonly listen: (at: { readonly host: string; readonly port: number }) => Promise<void>;
  readonly close: () => Promise<void>;
};

const MAX_HEAD_BYTES = 16_384;
const MAX_CONNECTIONS = 2_048;
const HEAD_MS = 10_000;
const REQUEST_MS = 30_000;
const MAX_TARGET = 4_096;

/**
 * The forward proxy: for processes that know nothing but HTTP_PROXY and HTTPS_PROXY. Every request, and every tunnel, shows the credential of a run; from
 * where it comes says nothing. What it asks for becomes a step of that run, and goes on when the call for the step comes back here.
 */
export function proxyListener(parts: ListenerParts): ProxyListener {
  const options = {
    insecureHTTPParser: false,
    requireHostHeader: false,
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: HEAD_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: 1_000,
    noDelay: true,
  };
  const open = new Set<Socket>();
  const server: Server = createServer(options);
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = 0;
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
  });
  server.on('request', (request, response) => {
    forward(parts, request, response).catch((err: unknown) => {
      parts.log.error({ err }, 'a request to the forward proxy failed');
      response.destroy();
    });
  });
  server.on('connect', (request, socket, head) => {
    tunnel(parts, request, { socket: socket as Socket, head }).catch((err: unknown) => {
      parts.log.error({ err }, 'a tunnel through the forward proxy failed');
      socket.destroy();
    });
  });
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    parts.log.info({ code: error.code }, 'what came to the forward proxy is not HTTP/1.1');
    parts.unowned.note('REQUEST_INVALID');
    writeRefusal(socket, {
      code: 'REQUEST_INVALID',
      detail: 'this is not a request that HTTP/1.1 has; nothing was sent',
    });
  });
  server.on('error', (err) => parts.log.error({ err }, 'the forward proxy has a problem with its port'));
  return {
    port: () => (server.address() as AddressInfo | null)?.port,
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, resolve);
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

const rawOf = ({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): RawRequest => ({
  ...{ method, target: url, httpVersion, rawHeaders },
});

async function forward(parts: ListenerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const raw = rawOf(request);
  const credential = credentialOf(raw);
  if (!credential) {
    parts.unowned.note('CREDENTIAL_MISSING');
    return refuse(response, NO_CREDENTIAL);
  }
  const gone = goneOf(request.socket);
  const body = await bodyOf(request, parts.maxRequestBytes);
  const input = forwardInput(parts, raw, body);
  const { url, method, headers } = input;
  const sent = { url, method, headers, ...(body?.length ? { body } : {}) };
  const offered = await parts.offer<WaitingForward, FetchAnswer>({
    ...{ capability: 'network.forward', credential, input, gone, among: parts.lobby.forwards },
    carry: (answered) => ({ request: sent, answered }),
  });
  const rejection = rejectionIn(offered);
  if (rejection?.code === 'CREDENTIAL_INVALID') parts.unowned.note(rejection.code);
  if (rejection) return refuse(response, rejection, approvalIn(offered));
  if (offered.kind === 'answered') relay(response, offered.answer, method);
}

/** The step's input; without a body when that is larger than may be sent. */
function forwardInput(parts: ListenerParts, raw: RawRequest, body: Buffer | undefined): ForwardInput {
  const tooLarge = body ? undefined : `its body has more than ${parts.maxRequestBytes} bytes`;
  const problem = forwardProblem(raw) ?? tooLarge;
  return {
    ...{ listener: parts.lobby.listener, connection: parts.newConnectionId() },
    ...{ method: raw.method.slice(0, 32), url: raw.target.slice(0, MAX_TARGET) },
    ...(problem === undefined ? { headers: sendableHeaders(raw) } : { headers: {}, problem: problem.slice(0, 512) }),
    bodyBytes: body?.length ?? 0,
    ...(body?.length ? { bodySha256: createHash('sha256').update(body).digest('hex') } : {}),
  };
}

type Connecting = { readonly socket: Socket; readonly head: Uint8Array };

async function tunnel(parts: ListenerParts, request: IncomingMessage, { socket, head }: Connecting): Promise<void> {
  const raw = rawOf(request);
  const credential = credentialOf(raw);
  if (!credential) {
    parts.unowned.note('CREDENTIAL_MISSING');
    return writeRefusal(socket, NO_CREDENTIAL);
  }
  const problem = tunnelProblem(raw);
  const authority = authorityOf(raw.target) ?? { host: raw.target.slice(0, 512), port: 0 };
  const input: TunnelInput = {
    ...{ listener: parts.lobby.listener, connection: parts.newConnectionId(), ...authority },
    ...(problem === undefined ? {} : { problem: problem.slice(0, 512) }),
  };
  let isOpen = false;
  const open = (): void => {
    isOpen = true;
    socket.setTimeout(0);
    socket.write(`HTTP/1.1 200 Connection established\r\nVia: ${VIA}\r\n\r\n`);
  };
  const offered = await parts.offer<WaitingTunnel, TunnelAnswer>({
    ...{ capability: 'network.tunnel', credential, input, gone: goneOf(socket), among: parts.lobby.tunnels },
    carry: (answered) => ({ client: { socket, head, open }, answered }),
  });
  const rejection = rejectionIn(offered);
  if (rejection?.code === 'CREDENTIAL_INVALID') parts.unowned.note(rejection.code);
  if (rejection && !isOpen) writeRefusal(socket, rejection, approvalIn(offered));
  else socket.destroy();
}

type Ended = Offered<FetchAnswer | TunnelAnswer>;

function rejectionIn(offered: Ended): Rejection | undefined {
  if (offered.kind === 'refused') return offered.rejection;
  return offered.answer.ok ? undefined : offered.answer.rejection;
}

const approvalIn = (offered: Ended): string | undefined =>
  offered.kind === 'refused' ? offered.approvalId : undefined;

/** Aborted once the other end is gone. */
function goneOf(socket: Socket): AbortSignal {
  const controller = new AbortController();
  socket.once('close', () => controller.abort());
  return controller.signal;
}

/** The whole body; undefined when it is larger than may be sent. */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Hands on what a fetch may show of an answer. */
function relay(response: ServerResponse, answer: FetchAnswer, method: string): void {
  if (!answer.ok) return refuse(response, answer.rejection);
  const { status, headers, body, bodyEncoding } = answer.value.result;
  if (body === undefined)
    return refuse(response, {
      code: 'CONNECTION_GONE',
      detail: 'the answer came at another replica; send the request again',
    });
  const bytes = Buffer.from(body, bodyEncoding);
  const hasNoBody = method === 'HEAD' || status === 204 || status === 304;
  const length = hasNoBody ? {} : { 'content-length': String(bytes.length) };
  response.writeHead(status, { ...headers, ...length, via: VIA });
  response.end(hasNoBody ? undefined : bytes);
}

function refuse(response: ServerResponse, rejection: Rejection, approvalId?: string): void {
  const { status, headers, body } = refusalOf(rejection, approvalId);
  const mustClose = response.req.complete ? {} : { connection: 'close' };
  response.writeHead(status, { ...headers, ...mustClose });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** The same on a connection that the server handed over, which ends with it. */
function writeRefusal(socket: Duplex, rejection: Rejection, approvalId?: string): void {
  const { status, headers, body } = refusalOf(rejection, approvalId);
  const fields = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  if (socket.writable) socket.end([`HTTP/1.1 ${status} Refused`, ...fields, '', body].join('\r\n'));
  else socket.destroy();
}
