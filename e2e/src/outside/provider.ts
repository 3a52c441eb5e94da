import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '@causeway/testing';
import { anthropicAnswer, openaiAnswer, type ModelRequest, type ProviderAnswer } from './provider-formats.ts';

export const PROVIDER_HOST = 'models.internal';
/** Values that nobody but the provider may see. */
export const KEYS = {
  openai: 'sk-of-the-whole-system-0123456789',
  anthropic: 'sk-ant-of-the-whole-system-987654',
  vault: 'hvs.token-of-the-whole-system',
};

export type Provider = {
  readonly port: number;
  /** PEM of the certificate that speaks for {@link PROVIDER_HOST}. */
  readonly cert: string;
  /** Credentials of the calls of models that came, in order. */
  readonly credentials: (string | undefined)[];
  readonly close: () => void;
};

/** Speaks the wire formats of OpenAI and Anthropic on this machine, and keeps OpenAI's key the way Vault does (KV version 2). */
export async function startProvider(): Promise<Provider> {
  const identity = selfSigned(PROVIDER_HOST);
  const credentials: (string | undefined)[] = [];
  const answers: Readonly<Record<string, (request: ModelRequest) => ProviderAnswer>> = {
    '/v1/chat/completions': openaiAnswer,
    '/v1/messages': anthropicAnswer,
  };
  const server = createServer({ ...identity, ALPNProtocols: ['http/1.1'] }, (request, response) => {
    void textOf(request).then((text) => {
      const answer = answers[request.url ?? ''];
      if (!answer) return vault(request, response);
      const { authorization, 'x-api-key': key } = request.headers;
      credentials.push(authorization ?? String(key));
      const { status = 200, body } = answer(JSON.parse(text) as ModelRequest);
      const type = typeof body === 'string' ? 'text/event-stream' : 'application/json';
      response.writeHead(status, { 'content-type': type });
      return response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, cert: identity.cert, credentials, close: () => void server.close() };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

function vault({ headers, url }: IncomingMessage, response: ServerResponse): ServerResponse {
  const isKnown = headers['x-vault-token'] === KEYS.vault && url === '/v1/secret/data/models/openai';
  response.writeHead(isKnown ? 200 : 403, { 'content-type': 'application/json' });
  return response.end(JSON.stringify(isKnown ? { data: { data: { key: KEYS.openai } } } : { errors: ['denied'] }));
}
