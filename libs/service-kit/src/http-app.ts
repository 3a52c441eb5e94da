import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from './log.ts';
import { nestLogger } from './nest-logger.ts';

/** A request as the edge sees it, before and after its body is read. */
export type EdgeRequest = {
  readonly id: string;
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The pattern of the route that takes the request; undefined when none does. */
  readonly routeOptions: { readonly url?: string | undefined };
  readonly params: unknown;
  readonly query: unknown;
  readonly body?: unknown;
  /** What `admit` returned. */
  admitted?: unknown;
};

export type EdgeReply = {
  readonly request: Pick<EdgeRequest, 'url'>;
  code(status: number): EdgeReply;
  header(name: string, value: string | number): EdgeReply;
  send(body: unknown): EdgeReply;
};

/** What goes out: nothing that it holds depends on the framework. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

export type HttpAppOptions = {
  readonly module: DynamicModule;
  readonly log: Logger;
  readonly bodyLimitBytes: number;
  /** Runs before the body is read. Throws to refuse; what it returns is kept as `request.admitted`. */
  readonly admit: (request: EdgeRequest) => Promise<unknown>;
  /** Parses a JSON body; throws to refuse. */
  readonly parseBody: (text: string) => unknown;
  /** The answer that what a handler returned stands for; `url` is that of the request. */
  readonly answerOf: (returned: unknown, url: string) => HttpAnswer;
  /** The answer to whatever was thrown. */
  readonly answerError: (error: unknown, request: Pick<EdgeRequest, 'method' | 'url'>) => HttpAnswer;
};

const HEADERS_TIMEOUT_MS = 10_000;
/** Until the whole request has come in; an answer may take longer, so streams and long polls are not cut. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_HEADER_BYTES = 16_384;
const MAX_PARAMETER_CHARS = 128;

/** Sends an answer. */
export function sendAnswer(reply: EdgeReply, { status, headers, body }: HttpAnswer): void {
  reply.code(status);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.send(body);
}

/**
 * An HTTP application that takes JSON only, up to `bodyLimitBytes`, gives every request an id of its own, and answers every error, the
 * protocol's own included, through `answerError`. Not listening yet.
 */
export async function createHttpApp(options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { module, log, admit, answerError, parseBody } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES },
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARS },
    exposeHeadRoutes: false,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    skipMiddie: true,
    frameworkErrors: (error: Error, request: Pick<EdgeRequest, 'method' | 'url'>, reply: unknown) => {
      sendAnswer(reply as EdgeReply, answerError(error, request));
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(socket, answerError(error, { method: '', url: '' })),
  });
  // An interceptor could do this, too, at the price of several observables for every request.
  Object.assign(adapter, {
    reply: (reply: EdgeReply, returned: unknown) => sendAnswer(reply, options.answerOf(returned, reply.request.url)),
  });
  const server = adapter.getInstance();
  server.decorateRequest('admitted', undefined);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    const edge = request as unknown as EdgeRequest;
    edge.admitted = await admit(edge);
  });
  return NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(log),
    abortOnError: false,
    bodyParser: false,
  });
}

/** Bytes that are not HTTP, or came too slowly: answered on the socket itself, which is then closed. */
function answerBrokenRequest(socket: Socket, { status, headers, body }: HttpAnswer): void {
  if (!socket.writable) return void socket.destroy();
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}
