import {
  httpFetch,
  keepResult,
  type DataOf,
  type FetchInput,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import {
  announceCapabilities,
  announcementsOf,
  ledgerClient,
  ok,
  rejected,
  type Bus,
  type Incoming,
} from '@causeway/messaging';
import { DIGEST } from './run.features.ts';

export type Fetching = Incoming<typeof httpFetch.call>['data'];
export type FetchAnswer = ReplyEnvelope<ReplyOf<typeof httpFetch.call>>;

/** A provider that keeps what it was asked and answers as told; an answered call leaves its fact in the ledger first. */
export async function stubProvider(bus: Bus) {
  const ledger = ledgerClient({ bus, writer: 'egress-proxy' });
  const calls: Fetching[] = [];
  const facts = new Map<string, FetchAnswer>();
  let answer: (call: Fetching) => Promise<FetchAnswer> = seal;

  async function seal({ grant, input }: Fetching): Promise<FetchAnswer> {
    const known = facts.get(grant.callId);
    if (known) return known;
    const event = { id: crypto.randomUUID(), type: 'egress.completed', data: fact(grant, input), scope: grant.runId };
    const writes = [{ stream: grant.callId, expected: 'none' as const, events: [event] }];
    const sealed = await ledger.append({ appendId: crypto.randomUUID(), writes });
    if (!sealed.appended) return rejected('STEP_OUTCOME_UNKNOWN', 'somebody else recorded this call');
    const value = { result: page(input.url), bytesIn: 20, bytesOut: 10, factPosition: sealed.firstPosition };
    facts.set(grant.callId, ok(value));
    return ok(value);
  }

  /** A provider whose process has forgotten results: of a call that it made it knows what the ledger has, and makes any other. */
  async function recall(call: Fetching): Promise<FetchAnswer> {
    const known = facts.get(call.grant.callId);
    if (!known?.ok) return seal(call);
    const { body: _, ...result } = known.value.result;
    return ok({ ...known.value, result, incomplete: true });
  }

  bus.serve(httpFetch.call, async ({ data }) => {
    calls.push(data);
    return answer(data);
  });
  await bus.connection.flush();
  const announcer = announceCapabilities({
    ...{ bus, owner: 'egress-proxy', capabilities: announcementsOf([httpFetch]), retryMs: 50 },
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  return {
    /** Resolves once steps can name what the provider does. */
    announced: announcer.settled,
    calls,
    seal,
    recall,
    /** Calls of one step. */
    callsOf: (stepId: string) => calls.filter(({ grant }) => grant.stepId === stepId),
    answerWith: (next: typeof answer) => {
      answer = next;
    },
    reset: () => {
      answer = seal;
      calls.length = 0;
    },
  };
}

const page = (url: string, body = 'hello'): ReplyOf<typeof httpFetch.call>['result'] => ({
  ...{ status: 200, url, headers: {}, contentType: 'text/plain', body, bodyEncoding: 'utf8' as const },
  ...{ sizeBytes: body.length, sha256: DIGEST, redirects: 0 },
});

const fact = ({ callId, runId, stepId, policy, rule }: Fetching['grant'], { method, url }: FetchInput) => ({
  ...{ callId, runId, stepId, method, policy, rule, scheme: 'http', host: 'site.internal', port: 80, path: url },
  ...{ queryKeys: [], hops: [], bytesIn: 20, bytesOut: 10, durationMs: 1, at: new Date().toISOString() },
  ...{ status: 200, responseSha256: DIGEST, responseSizeBytes: 5 },
});

/** Keeps what is too large to travel in line. */
export async function stubResourceStore(bus: Bus) {
  const kept: DataOf<typeof keepResult>[] = [];
  let refusal: 'RESOURCE_TOO_LARGE' | undefined;
  bus.serve(keepResult, async ({ data }) => {
    const code = refusal;
    refusal = undefined;
    if (code) return rejected(code, 'it is not kept');
    kept.push(data);
    const { resourceId, runId, sessionId, stepId } = data;
    return ok({ resourceId, runId, sessionId, stepId } as unknown as ReplyOf<typeof keepResult>);
  });
  await bus.connection.flush();
  /** Refuses the next thing it is asked to keep. */
  const refuse = (code: 'RESOURCE_TOO_LARGE'): void => {
    refusal = code;
  };
  return Object.assign(kept, { refuse });
}

/** A large answer, for results that do not travel in line. */
export const largeAnswer = ({ input }: Fetching): FetchAnswer =>
  ok({ result: page(input.url, 'x'.repeat(20_000)), bytesIn: 20_000, bytesOut: 10 });
