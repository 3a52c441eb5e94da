import type { StepGrant } from '@causeway/contracts';
import { passing } from '@causeway/messaging';
import type { CanonicalUrl, SecretReference } from '@causeway/policy';
import type { FlowLimits } from '../guards/flow-guard.ts';
import type { EchoScan } from '../secrets/echo/echo-scan.ts';
import { wireAllowance } from '../guards/wire-guard.ts';
import { bodyEchoStop, headEchoStop } from '../secrets/echo-guard.ts';
import { lessOwnCalls, payerOf } from '../secrets/own-account.ts';
import { exchange, type Exchanged, type ExchangeOptions, type Overflow } from './exchange.ts';
import { halt } from './fetch-stop.ts';
import { checkedAddress, type Outside, type Ruling } from './outside.ts';
import type { Hop } from './redirect.ts';
import type { ResponseHead } from './response-guard.ts';
import type { Trace } from './trace.ts';

export type RequestOut<Own extends Taking> = {
  readonly grant: StepGrant;
  readonly signal: AbortSignal;
  readonly hop: Hop;
  /** What policy says of this request; with a `stop` nothing is even looked up. */
  readonly ruling: Ruling;
  /** The secret that goes along; undefined for none. */
  readonly reference: SecretReference | undefined;
  /** How the answer is taken, asked for once the request could leave. */
  readonly taking: (grant: StepGrant) => Own;
};

export type Taking = {
  readonly maxBodyBytes: number;
  readonly overflow?: Overflow | undefined;
  readonly flow: FlowLimits;
  /** Looks at the body in place of a search of its own for every secret. */
  readonly scan?: EchoScan | undefined;
  /** What else there is to say of a head in which no secret is; throws to refuse it. */
  readonly onHead: (head: ResponseHead) => 'read' | 'leave';
};

/**
 * One request on its way out, whoever asks for it: decided, address, secret, dialling, exchange, and the search for secrets in head and body. What
 * became of it is in the trace however it ends. Throws FetchStopped.
 */
export async function requestOut<Own extends Taking>(
  outside: Outside,
  request: RequestOut<Own>,
  trace: Trace,
): Promise<Exchanged & { readonly taking: Own }> {
  const { grant, signal, hop, ruling, reference } = request;
  const { secrets, authorities, dial } = outside;
  const earlier = [...trace.hops];
  const entry: Trace['hops'][number] = { url: withoutQuery(hop.url), rule: ruling.rule };
  trace.hops.push(entry);
  trace.rule = ruling.rule;
  halt(ruling.stop);
  const { ports } = outside.policy.pack.egress;
  const ip = await checkedAddress(outside, { grant, signal, url: hop.url, ports });
  entry.address = ip;
  const question = { reference, method: hop.method, url: hop.url, payer: payerOf(request, trace), earlier };
  const carried = await secrets.prepare(question);
  if (carried.secret !== undefined) entry.secret = carried.secret;
  const taking = request.taking(lessOwnCalls(grant, trace));
  const { maxBodyBytes, overflow, flow, onHead, scan = secrets.scan() } = taking;
  const headScan = secrets.scan();
  const answered = await exchange(hop, {
    ...{ ip, signal, authorities, dial, maxBodyBytes, overflow, flow },
    maxWireBytes: wireAllowance(grant.reserved?.bytesIn, trace.bytesIn + (trace.ownCalls?.bytesIn ?? 0)),
    ...metered(trace, () => passing('before-effect', grant)),
    fieldsOf: carried.inject,
    onBytes: (chunk) => {
      outside.spent.add(chunk.length);
      halt(bodyEchoStop(chunk, scan));
    },
    onHead: (head) => {
      entry.status = head.status;
      halt(headEchoStop(head, headScan));
      if (head.status === 401 && carried.secret !== undefined) secrets.refused(carried.secret);
      return onHead(head);
    },
  });
  return { ...answered, taking };
}

/** Notes in the trace that a request leaves, and at its end what went over the wire. */
export const metered = (
  trace: Pick<Trace, 'sent' | 'bytesIn' | 'bytesOut'>,
  beforeSending: () => void = () => {},
): Pick<ExchangeOptions, 'onSending' | 'onMetered'> => ({
  onSending: () => {
    beforeSending();
    trace.sent = true;
  },
  onMetered: ({ bytesIn, bytesOut }) => {
    trace.bytesIn += bytesIn;
    trace.bytesOut += bytesOut;
  },
});

/** An address for the ledger: the values of a query may be secret. */
export const withoutQuery = ({ href }: CanonicalUrl): string => href.split('?', 1)[0] ?? href;
