import { formatId, ownFactStreamOf } from '@causeway/contracts';
import type { LedgerPort } from '@causeway/eventing';
import { canonicalUrl } from '@causeway/policy';
import type { Edge } from '../edge.ts';
import { addressFor, type Way } from '../fetch/checked-address.ts';
import { exchange, type Exchanged } from '../fetch/exchange.ts';
import { factOf, type Outcome } from '../fetch/fact.ts';
import { FetchStopped, halt, stop, type Stop } from '../fetch/fetch-stop.ts';
import type { Hop } from '../fetch/redirect.ts';
import { metered } from '../fetch/request-out.ts';
import { headStop } from '../fetch/response-guard.ts';
import { newTrace, type Trace } from '../fetch/trace.ts';
import type { Payer } from './own-account.ts';
import { unavailable } from './secret-unavailable.ts';

/** A request that egress-proxy makes for itself, to get what a call needs. */
export type OwnRequest = {
  /** The secret that it is made for. */
  readonly name: string;
  /** The call that needs it. */
  readonly payer: Payer;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: string;
  /** Made last, when the other end has proved who it is: they may hold a secret. */
  readonly fields: () => Readonly<Record<string, string>>;
};

/** Makes the request and seals its fact before it answers. Throws FetchStopped SECRET_UNAVAILABLE. */
export type OwnCall = (request: OwnRequest) => Promise<{ readonly status: number; readonly body: Uint8Array }>;

export type OwnCallParts = { readonly way: Way; readonly ledger: LedgerPort; readonly edge: Edge };

const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 65_536;

/**
 * Requests of egress-proxy's own, for secrets: https only, through the same guards as any other (what the constitution forbids, address, port,
 * pinned dial, TLS, sizes, flow), never redirected, with a fact of their own in which neither secret nor answer is told. They are charged with the
 * call that made them necessary, whoever else is served by what they get, and are not made when too little is reserved for it.
 */
export function ownCalls({ way, ledger, edge }: OwnCallParts): OwnCall {
  return async (request) => {
    const { payer, name } = request;
    halt(payer.against());
    if (payer.signal.aborted) throw unavailable(name, 'is not asked for: the call that needs it was stopped');
    const trace = { ...newTrace(`secret:${name}`), madeFor: payer.grant.callId };
    const started = edge.elapsedMs();
    const ended = await make(way, request, trace).then(
      (answer) => ({ kind: 'answered', answer }) as const,
      (error: unknown) => ({ kind: 'stopped', stop: stopOf(error) }) as const,
    );
    const about = { trace, at: edge.now(), durationMs: Math.round(edge.elapsedMs() - started) };
    const outcome: Outcome =
      ended.kind === 'stopped'
        ? { ...about, ...ended }
        : { ...about, kind: 'completed', result: shown(ended.answer, trace) };
    await seal({ ledger, edge }, request, outcome);
    payer.charge(trace);
    if (ended.kind === 'answered') return { status: ended.answer.head.status, body: ended.answer.body };
    throw unavailable(name, `cannot be had: ${ended.stop.code} at ${ended.stop.stage}: ${ended.stop.detail}`);
  };
}

async function make(way: Way, request: OwnRequest, trace: Trace): Promise<Exchanged> {
  const hop = hopOf(request, trace);
  const entry: Trace['hops'][number] = { url: hop.url.href, rule: trace.rule, secret: request.name };
  trace.hops.push(entry);
  halt(forbidden(way, request, hop));
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), request.payer.signal]);
  const ip = await addressFor(way, { url: hop.url, ports: way.policy.pack.egress.ports, signal });
  entry.address = ip;
  const { minBytesPerSecond, flowGraceMs } = way.policy.pack.egress;
  return exchange(hop, {
    ...{ ip, signal, maxBodyBytes: MAX_BODY_BYTES, authorities: way.authorities, dial: way.dial },
    flow: { minBytesPerSecond, graceMs: flowGraceMs },
    ...metered(trace),
    fieldsOf: ({ headers }) => ({ ...headers, ...request.fields() }),
    onHead: (head) => {
      entry.status = head.status;
      halt(headStop(head, MAX_BODY_BYTES));
      return 'read';
    },
  });
}

function hopOf({ url: raw, method, body }: OwnRequest, trace: Trace): Hop {
  const read = canonicalUrl(raw);
  if (!read.ok || read.url.scheme !== 'https')
    throw new FetchStopped(stop('URL_REFUSED', 'url', 'a secret is asked for over https only'));
  trace.url = read.url;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
  return { url: read.url, method, headers, body };
}

/** No permit is needed, since the pack names this destination itself; but what it forbids, nothing overrides. */
function forbidden({ policy }: Way, { payer: { grant }, method, body }: OwnRequest, { url }: Hop): Stop | undefined {
  const decided = policy.decideFetch({ agentId: grant.agentId, method, url, hasBody: body !== undefined });
  const rule = policy.pack.rules.find(({ id }) => id === decided.rule);
  const isForbidden = decided.rule === 'evaluation-error' || rule?.effect === 'forbid';
  return isForbidden ? { ...stop('POLICY_DENIED', 'policy', decided.reason), rule: decided.rule } : undefined;
}

const stopOf = (error: unknown): Stop =>
  error instanceof FetchStopped ? error.stop : stop('INTERNAL', 'exchange', 'egress-proxy failed on this call');

/** The answer as the fact tells it: its digest would let somebody try values for the secret in it. */
const shown = ({ head, body }: Exchanged, { url }: Trace) => ({
  ...{ status: head.status, url: url?.href ?? '', headers: {}, bodyEncoding: 'utf8' as const },
  ...{ sizeBytes: body.length, sha256: '', redirects: 0 },
});

async function seal({ ledger, edge }: Omit<OwnCallParts, 'way'>, request: OwnRequest, outcome: Outcome): Promise<void> {
  const { name, method, body } = request;
  const callId = formatId('call', Buffer.from(edge.newUuid().replaceAll('-', ''), 'hex'));
  const grant = { ...request.payer.grant, callId };
  const fact = factOf({ grant, request: { url: '', method, headers: {}, body } }, outcome);
  const who = {
    scope: grant.runId,
    correlationId: grant.runId,
    actor: { kind: 'system' as const, id: 'egress-proxy' },
  };
  const events = [{ id: edge.newUuid(), ...fact, ...who }];
  const writes = [{ stream: ownFactStreamOf(request.payer.grant.callId), expected: 'any' as const, events }];
  const answer = await ledger.append({ appendId: edge.newUuid(), writes }).catch((cause: unknown) => {
    throw unavailable(name, 'was asked for, and the ledger could not record it', cause);
  });
  if (!answer.appended) throw unavailable(name, 'was asked for, and the ledger did not record it');
}
