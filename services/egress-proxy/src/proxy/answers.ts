import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Rejection } from '@causeway/contracts';
import type { FetchAnswer } from '../fetch/fetch-calls.ts';
import { VIA } from '../guards/loop-guard.ts';
import { refusalOf } from './refusal.ts';

/** What no parser of HTTP/1.1 takes. */
export const NOT_HTTP: Rejection = {
  code: 'REQUEST_INVALID',
  detail: 'this is not a request that HTTP/1.1 has; nothing was sent',
};

/** Hands on what a fetch may show of an answer. */
export function relay(response: ServerResponse, answer: FetchAnswer, method: string): void {
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
  response.writeHead(status, { ...headers, ...length, ...mustClose(response), via: VIA });
  response.end(hasNoBody ? undefined : bytes);
}

/** Answers a request with a refusal of the proxy's own. */
export function refuse(response: ServerResponse, rejection: Rejection, approvalId?: string): void {
  const { status, headers, body } = refusalOf(rejection, approvalId);
  response.writeHead(status, { ...headers, ...mustClose(response) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** What is left of a request that was not read to its end would be read as the next one. */
export const mustClose = ({ req }: ServerResponse): Readonly<Record<string, string>> =>
  req.complete ? {} : { connection: 'close' };

/** The same on a connection that the server handed over, which ends with it. */
export function writeRefusal(socket: Duplex, rejection: Rejection, approvalId?: string): void {
  const { status, headers, body } = refusalOf(rejection, approvalId);
  const fields = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  if (socket.writable) socket.end([`HTTP/1.1 ${status} Refused`, ...fields, '', body].join('\r\n'));
  else socket.destroy();
}
