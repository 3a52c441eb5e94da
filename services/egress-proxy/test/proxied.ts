import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import {
  checkCredential,
  formatId,
  type DataOf,
  type executeForwardedStep,
  type Json,
  type MessageContract,
  type ReplyEnvelope,
  type StepGrant,
  type StepOutcome,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import { systemEdge } from '../src/edge.ts';
import type { Resolve } from '../src/fetch/resolve.ts';
import { runAuthorities, type RunAuthorities } from '../src/intercept/run-authorities.ts';
import { forwardProxy, type ForwardProxy } from '../src/proxy/forward-proxy.ts';
import { callOf, digestOf, world, type World, type WorldOptions } from './calls.ts';

export const RUN_ID = formatId('run', new Uint8Array(16).fill(7));
export const TOKEN = `cwa_${'t'.repeat(43)}`;
const TOKEN_SHA256 = createHash('sha256').update(TOKEN).digest('hex');
export const ALLOW_PROXIED =
  '@id("all") permit (principal, action in [Action::"network.forward", Action::"network.tunnel"], resource);\n';

export type Proxied = World & {
  readonly port: number;
  readonly proxy: ForwardProxy;
  /** Grants that were given, in their order. */
  readonly grants: StepGrant[];
  /** Steps that were asked for. */
  readonly steps: DataOf<typeof executeForwardedStep>[];
  readonly close: () => Promise<void>;
};

export type ProxiedOptions = WorldOptions & {
  /** Changes the grant that a step gets. */
  readonly grant?: Partial<StepGrant>;
  /** What comes of a step in place of a decision of policy. */
  readonly outcome?: (step: DataOf<typeof executeForwardedStep>) => ReplyEnvelope<StepOutcome> | undefined;
  readonly runAuthorities?: RunAuthorities;
  /** In place of `resolve` while a tunnel is asked for. */
  readonly tunnelResolve?: Resolve;
};

const MASTER = Buffer.alloc(32, 5);
export const authoritiesFrom = (master: Uint8Array, now = systemEdge.now): RunAuthorities =>
  runAuthorities({ master, now, newSerial: () => systemEdge.newUuid().replaceAll('-', '') });

/**
 * The forward proxy on a port of its own, without the bus: real sockets, a ledger in memory, and beside it what run-orchestrator does with a step, as
 * far as the proxy sees it: it checks the credential, asks policy, and calls back under a grant.
 */
export async function proxied(options: ProxiedOptions = {}): Promise<Proxied> {
  const made = world({ rules: ALLOW_PROXIED, ...options, ownPorts: () => [proxy.listener.port() ?? 0] });
  const grants: StepGrant[] = [];
  const steps: DataOf<typeof executeForwardedStep>[] = [];
  const execute = async (step: DataOf<typeof executeForwardedStep>): Promise<ReplyEnvelope<StepOutcome>> => {
    steps.push(step);
    if (step.tokenSha256 !== TOKEN_SHA256 || step.runId !== RUN_ID) return rejected('CREDENTIAL_INVALID', 'not known');
    const { capability, input } = step;
    const told = options.outcome?.(step);
    if (told) return told;
    const { verdict, reason, allowed, ...why } = made.policy.decide({ agentId: 'agent-1', capability, input });
    if (verdict === 'deny')
      return ok({
        ...outcomeOf(step),
        state: 'denied',
        rejection: { code: 'POLICY_DENIED', detail: reason, ...why, allowed: [...allowed] },
      });
    const { grant } = callOf(made.policy, { url: '' }, grantFor(step, why.rule, options.grant));
    grants.push(grant);
    const meta = { id: grant.callId, actor: { kind: 'agent' as const, id: 'agent-1' } };
    const data = { grant, input } as never;
    const answer =
      capability === 'network.forward' ? await proxy.takeUp.forward(data, meta) : await proxy.takeUp.tunnel(data, meta);
    const end = answer.ok ? { state: 'succeeded' as const } : { state: 'failed' as const, rejection: answer.rejection };
    return ok({ ...outcomeOf(step), ...end });
  };
  const check = ({ tokenSha256, runId }: DataOf<typeof checkCredential>) =>
    tokenSha256 === TOKEN_SHA256 && runId === RUN_ID ? ok({ runId }) : rejected('CREDENTIAL_INVALID', 'not known');
  const request = async (contract: MessageContract, data: unknown) =>
    contract.name === checkCredential.name ? check(data as never) : execute(data as never);
  const bus = { request, serve: () => undefined };
  const proxy: ForwardProxy = forwardProxy({
    ...{
      outside: { ...made.outside, resolve: options.tunnelResolve ?? made.outside.resolve },
      packs: made.packs,
      fetches: made.calls,
      ledger: made.ledger,
      edge: systemEdge,
      inHand: made.inHand,
    },
    runAuthorities: options.runAuthorities ?? authoritiesFrom(MASTER),
    ...{ bus: bus as never, instance: 'test', log: { info: () => {}, warn: () => {}, error: () => {} } },
  });
  await proxy.listener.listen({ host: '127.0.0.1', port: 0 });
  const close = async (): Promise<void> => {
    for (const socket of clients) socket.destroy();
    await proxy.close();
  };
  return { ...made, proxy, grants, steps, port: proxy.listener.port() ?? 0, close };
}

function grantFor(
  { stepId, input }: DataOf<typeof executeForwardedStep>,
  rule: string,
  more: Partial<StepGrant> = {},
): Partial<StepGrant> {
  const inputDigest = digest(input);
  return { runId: RUN_ID, stepId, rule, inputDigest, ...more };
}

const outcomeOf = ({ runId, stepId, capability }: DataOf<typeof executeForwardedStep>): StepOutcome => ({
  ...{ runId, stepId, capability, state: 'started', attempt: 1, position: 0 },
  budget: { steps: { limit: 1, used: 0, reserved: 0 }, wallClockMs: { limit: 1, used: 0 } },
});

const digest = (input: unknown): string => digestOf(input as Json);

export const basic = (user = RUN_ID, password = TOKEN): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
export const AUTH = { 'proxy-authorization': basic() };

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The code of the proxy's own refusal; undefined for what the destination answered. */
  readonly code: string | undefined;
};

/** One request in absolute form. */
export function viaProxy(
  port: number,
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: url, method, agent: false as const };
    const sent = request(
      { ...options, headers: { host: hostOf(url), ...AUTH, ...lengthOf(body), ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve(replyOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString())),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const lengthOf = (body: string | Buffer | undefined) =>
  body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
const hostOf = (url: string): string => /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '';

export function replyOf(status: number, headers: Reply['headers'], body: string): Reply {
  const isOwn = headers['proxy-status'] !== undefined;
  return {
    status,
    headers,
    body,
    code: isOwn && body !== '' ? (JSON.parse(body) as { code: string }).code : undefined,
  };
}

/**
 * Bytes as they are, and everything that comes back until the other end closes.
 * @param endAfterMs when our end is closed: at once, unless the answer takes some time
 */
export function raw(port: number, bytes: string, endAfterMs = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    const end = endAfterMs === 0 ? undefined : setTimeout(() => socket.end(), endAfterMs);
    socket.on('close', () => {
      clearTimeout(end);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.write(bytes, 'latin1');
    if (end === undefined) socket.end();
  });
}

const clients = new Set<Socket>();

export type Tunnelled = { readonly reply: Reply; readonly socket: Socket };

/** Asks for a tunnel; the socket is the tunnel's once the reply is 200. */
export function connectVia(port: number, target: string, headers: Record<string, string> = AUTH): Promise<Tunnelled> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    clients.add(socket.on('close', () => clients.delete(socket)));
    const fields = Object.entries({ host: target, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    let text = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      text = Buffer.concat([text, chunk]);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [line = '', ...lines] = text.subarray(0, end).toString('latin1').split('\r\n');
      const status = Number(line.split(' ')[1]);
      const named = Object.fromEntries(
        lines.map((field) => [field.split(':', 1)[0]!.toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]),
      );
      const body = text.subarray(end + 4).toString();
      if (status !== 200 && body.length < Number(named['content-length'] ?? 0)) return;
      socket.off('data', read);
      socket.pause();
      resolve({ reply: replyOf(status, named, body), socket });
    };
    socket.on('data', read);
    socket.on('error', reject);
    socket.write(`CONNECT ${target} HTTP/1.1\r\n${fields.join('')}\r\n`);
  });
}

/** TLS inside of a tunnel. */
export function tlsIn(
  socket: Socket,
  options: { readonly servername: string; readonly ca?: string; readonly secureContext?: SecureContext },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const inner = connectTls({ socket, ...options }, () => resolve(inner));
    inner.once('error', reject);
    inner.once('close', () => reject(new Error('the tunnel was closed')));
  });
}
