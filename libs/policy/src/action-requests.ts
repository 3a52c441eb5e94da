import {
  FetchInput,
  ForwardInput,
  GetResourceInput,
  IngestInput,
  ModelChatInput,
  TunnelInput,
  type Effects,
  type Risk,
} from '@causeway/contracts';
import type { z } from 'zod';
import { bracketed, canonicalUrl, type CanonicalUrl } from './canonical-url.ts';
import { namedDestination, type NamedDestination } from './dial.ts';

type Attributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** One question to the rules: may this agent do this to that. */
export type ActionRequest = {
  readonly agentId: string;
  readonly action: string;
  readonly resource: {
    readonly type: 'Destination' | 'Resource' | 'Capability' | 'Model';
    readonly id: string;
    readonly attributes: Attributes;
  };
  readonly context: Attributes;
};

export type CapabilityCall = {
  readonly agentId: string;
  readonly capability: string;
  /** The step's input. */
  readonly input: unknown;
  /** What is known of a capability that has no questions of its own; without it no rule can speak of it. */
  readonly about?: CapabilityFacts;
};

/** What a capability says of itself, and of this call: what rules about capabilities in general can see. */
export type CapabilityFacts = {
  readonly owner: string;
  readonly effect: Effects;
  readonly untrusted: boolean;
  readonly risk: Risk;
};

/** `unknown`: no rule can speak of this capability. `refused`: the input is, or names, something that Causeway never uses. */
export type ActionRequests =
  | {
      readonly outcome: 'requests';
      readonly requests: readonly ActionRequest[];
      /** Why a person cannot agree to it, where that is so. */
      readonly unseen?: string;
    }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'refused'; readonly detail: string };

/** An HTTP request as the rules see it. */
export type FetchQuestion = {
  /** The way by which it comes; left out: as a fetch. */
  readonly action?: 'network.http-fetch' | 'network.forward';
  readonly agentId: string;
  readonly method: string;
  readonly url: CanonicalUrl;
  readonly hasBody: boolean;
  /** The value of the request's own content-type field. */
  readonly contentType?: string | undefined;
};

/** A tunnel as the rules see it: to the host and port of this address. */
export type TunnelQuestion = { readonly agentId: string; readonly url: CanonicalUrl };

type Mapping = (call: CapabilityCall, named: readonly NamedDestination[]) => ActionRequests;

const UNSEEN_BODY =
  'a person would have to agree to a body that nobody has seen yet: send one that is small enough to be held (egress.maxRequestBytes)';

const MAPPINGS = {
  'network.http-fetch': withInput(FetchInput, ({ url, method, headers, body, bodyRef }, { agentId }, named) => {
    const hasBody = (body ?? bodyRef) !== undefined;
    return fetchRequests({ agentId, url, method, hasBody, contentType: contentTypeOf(headers) }, named);
  }),
  'network.forward': withInput(ForwardInput, ({ url, method, headers, problem, ...body }, { agentId }, named) => {
    if (problem !== undefined) return { outcome: 'refused', detail: problem };
    const asked = { action: 'network.forward', agentId, url, method } as const;
    const hasBody = body.bodyBytes > 0 || body.bodyStreamed === true;
    const asking = fetchRequests({ ...asked, hasBody, contentType: contentTypeOf(headers) }, named);
    return body.bodyStreamed && asking.outcome === 'requests' ? { ...asking, unseen: UNSEEN_BODY } : asking;
  }),
  'network.tunnel': withInput(TunnelInput, ({ host, port, problem }, { agentId }, named) => {
    if (problem !== undefined) return { outcome: 'refused', detail: problem };
    const address = canonicalUrl(`https://${bracketed(host)}:${port}/`);
    if (!address.ok) return { outcome: 'refused', detail: `the host is not used: ${address.detail}` };
    return requests(tunnelRequest({ agentId, url: address.url }, named));
  }),
  'resource.ingest': withInput(IngestInput, (input, call, named) => {
    const ingest = resourceRequest(call, '*', { source: input.source });
    if (input.source !== 'url') return requests(ingest);
    const fetching = { agentId: call.agentId, url: input.url, method: 'GET', hasBody: false };
    return joined(requests(ingest), fetchRequests(fetching, named));
  }),
  'resource.get': withInput(GetResourceInput, ({ resourceId }, call) =>
    requests(resourceRequest(call, resourceId, {})),
  ),
  'resource.list': (call) => requests(resourceRequest(call, '*', {})),
  'model.chat': withInput(ModelChatInput, ({ dialect, model, maxTokens = 0, stream }, { agentId }) =>
    requests({
      ...{ agentId, action: 'model.chat', context: { maxTokens, stream } },
      resource: { type: 'Model', id: model, attributes: { dialect, name: model } },
    }),
  ),
  'system.ping': (call) => requests(resourceRequest(call, '*', {})),
} satisfies Readonly<Record<string, Mapping>>;

/** The questions that a capability call puts to the rules; every one of them must be allowed. */
export function actionRequests(call: CapabilityCall, named: readonly NamedDestination[]): ActionRequests {
  if (!Object.hasOwn(MAPPINGS, call.capability)) return capabilityRequests(call);
  return MAPPINGS[call.capability as keyof typeof MAPPINGS](call, named);
}

/** The question about a capability that came later than these rules' language: by its name, and by what it says of itself. */
function capabilityRequests({ agentId, capability, input, about }: CapabilityCall): ActionRequests {
  if (!about) return { outcome: 'unknown' };
  const { owner, effect, untrusted, risk } = about;
  const resource = { type: 'Capability', id: capability, attributes: { owner } } as const;
  const context = { effect, untrusted, risk, fields: fieldsOf(input) };
  return requests({ agentId, action: CALL_CAPABILITY, resource, context });
}

/** Action of every capability without one of its own. */
export const CALL_CAPABILITY = 'capability.call';

/** The top-level members of an input that hold a text, a number or a truth value, each as `name=value`, in the order of their names. */
function fieldsOf(input: unknown): readonly string[] {
  if (typeof input !== 'object' || input === null) return [];
  return Object.entries(input)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort();
}

/** The question that one HTTP request puts to the rules; a redirect puts it again. */
export function fetchRequest(
  { action = 'network.http-fetch', agentId, method, url, hasBody, contentType = '' }: FetchQuestion,
  named: readonly NamedDestination[],
): ActionRequest {
  const { path, queryKeys } = url;
  const context = { method, path, queryKeys, hasBody, contentType: mediaType(contentType) };
  return { agentId, action, resource: destinationOf(url, named), context };
}

/** The question that a tunnel puts to the rules. TLS that names another host than this one does not go through it. */
export function tunnelRequest({ agentId, url }: TunnelQuestion, named: readonly NamedDestination[]): ActionRequest {
  return { agentId, action: 'network.tunnel', resource: destinationOf(url, named), context: { sni: url.host } };
}

function destinationOf(
  { scheme, host, port }: CanonicalUrl,
  named: readonly NamedDestination[],
): ActionRequest['resource'] {
  const destination = namedDestination(host, port, named)?.name ?? '';
  const id = `${scheme}://${bracketed(host)}:${port}`;
  return { type: 'Destination', id, attributes: { scheme, host, port, destination } };
}

/** RFC 9110 section 8.3.1: type and subtype are case-insensitive; parameters follow a semicolon. */
const mediaType = (contentType: string): string => contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** What a request's headers say its body is; twice is not once. */
export function contentTypeOf(headers: Readonly<Record<string, string>>): string {
  const said = Object.entries(headers).filter(([name]) => name.toLowerCase() === 'content-type');
  return said.map(([, value]) => value).join(', ');
}

function fetchRequests(
  question: Omit<FetchQuestion, 'url'> & { readonly url: string },
  named: readonly NamedDestination[],
): ActionRequests {
  const address = canonicalUrl(question.url);
  if (!address.ok) return { outcome: 'refused', detail: `the address is not used: ${address.detail}` };
  return requests(fetchRequest({ ...question, url: address.url }, named));
}

function resourceRequest(call: CapabilityCall, id: string, context: Attributes): ActionRequest {
  const resource = { type: 'Resource', id, attributes: {} } as const;
  return { agentId: call.agentId, action: call.capability, resource, context };
}

const requests = (...list: readonly ActionRequest[]): ActionRequests => ({ outcome: 'requests', requests: list });

function joined(first: ActionRequests, second: ActionRequests): ActionRequests {
  if (first.outcome !== 'requests') return first;
  return second.outcome === 'requests' ? requests(...first.requests, ...second.requests) : second;
}

function withInput<Schema extends z.ZodType>(
  schema: Schema,
  map: (input: z.infer<Schema>, call: CapabilityCall, named: readonly NamedDestination[]) => ActionRequests,
): Mapping {
  return (call, named) => {
    const input = schema.safeParse(call.input);
    return input.success
      ? map(input.data, call, named)
      : { outcome: 'refused', detail: `the input does not fit the capability ${call.capability}` };
  };
}
