import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TunnelInput } from '@causeway/contracts';
import type { Log } from '@causeway/messaging';
import type { AuthorityPage } from '../intercept/authority-page.ts';
import { innerFor } from '../intercept/inner-requests.ts';
import { VIA } from '../guards/loop-guard.ts';
import { NOT_HTTP, refuse, writeRefusal } from './answers.ts';
import { credentialOf } from './credential.ts';
import { approvalIn, forwardRequest, goneOf, rejectionIn, type ForwardParts } from './forward-request.ts';
import { authorityOf, rawOf, tunnelProblem } from './raw-request.ts';
import { NO_CREDENTIAL } from './refusal.ts';
import { SERVER_OPTIONS } from './server-options.ts';
import type { WaitingTunnel } from './taken-up.ts';
import type { TunnelAnswer } from './tunnel-calls.ts';

export type ListenerParts = ForwardParts & { readonly authorityPage: AuthorityPage; readonly log: Log };

export type ProxyListener = {
  /** Port that it listens on; undefined while it does not. */
  readonly port: () => number | undefined;
  readonly listen: (at: { readonly host: string; readonly port: number }) => Promise<void>;
  readonly close: () => Promise<void>;
};

const MAX_CONNECTIONS = 2_048;

/**
 * The forward proxy: for processes that know nothing but HTTP_PROXY and HTTPS_PROXY. Every request, and every tunnel, shows the credential of a run; from
 * where it comes says nothing. What it asks for becomes a step of that run, and goes on when the call for the step comes back here.
 */
export function proxyListener(parts: ListenerParts): ProxyListener {
  const open = new Set<Socket>();
  const server: Server = createServer(SERVER_OPTIONS);
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = 0;
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
  });
  const take = (
    request: IncomingMessage,
    response: ServerResponse,
    awaitsContinue: 'awaits-continue' | 'sends',
  ): void => {
    forward(parts, { request, response, awaitsContinue: awaitsContinue === 'awaits-continue' }).catch(
      (err: unknown) => {
        parts.log.error({ err }, 'a request to the forward proxy failed');
        response.destroy();
      },
    );
  };
  server.on('request', (request, response) => take(request, response, 'sends'));
  server.on('checkContinue', (request, response) => take(request, response, 'awaits-continue'));
  server.on('connect', (request, socket, head) => {
    tunnel(parts, request, { socket: socket as Socket, head }).catch((err: unknown) => {
      parts.log.error({ err }, 'a tunnel through the forward proxy failed');
      socket.destroy();
    });
  });
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    parts.log.info({ code: error.code }, 'what came to the forward proxy is not HTTP/1.1');
    parts.unowned.note('REQUEST_INVALID');
    writeRefusal(socket, NOT_HTTP);
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

type Arrived = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly awaitsContinue: boolean;
};

async function forward(parts: ListenerParts, { request, response, awaitsContinue }: Arrived): Promise<void> {
  const raw = rawOf(request);
  const credential = credentialOf(raw);
  if (!credential) {
    parts.unowned.note('CREDENTIAL_MISSING');
    return refuse(response, NO_CREDENTIAL);
  }
  if (parts.authorityPage.isMeant(raw)) return parts.authorityPage.answer(response, credential);
  await forwardRequest(parts, { raw, credential, request, response, awaitsContinue });
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
  const inner = innerFor(parts, { credential, authority, tunnel: input.connection });
  const offered = await parts.offer<WaitingTunnel, TunnelAnswer>({
    ...{ capability: 'network.tunnel', credential, input, gone: goneOf(socket), among: parts.lobby.tunnels },
    carry: (answered) => ({ client: { socket, head, open, inner }, answered }),
  });
  const rejection = rejectionIn(offered);
  if (rejection?.code === 'CREDENTIAL_INVALID') parts.unowned.note(rejection.code);
  if (rejection && !isOpen) writeRefusal(socket, rejection, approvalIn(offered));
  else socket.destroy();
}
