import { formatId, type IdKind, type JsonObject } from '@causeway/contracts';
import type { Policy } from '@causeway/policy';
import { POLICY } from '../run.features.ts';

/** What policy says to a step, and what its provider does with it. */
export type Nature = {
  readonly capability: typeof FETCH | typeof FORWARD | typeof TUNNEL | typeof ECHO;
  readonly verdict: 'allow' | 'ask' | 'deny';
  readonly writes: boolean;
  readonly status: 200 | 500;
};
export const FETCH = 'network.http-fetch';
export const FORWARD = 'network.forward';
export const TUNNEL = 'network.tunnel';
/** What a provider of somebody else's offers; what it takes changes, and at times it is gone. */
export const ECHO = 'x.echo';

const fetched = (verdict: Nature['verdict'], method: 'GET' | 'POST', status: Nature['status'] = 200): Nature => ({
  ...{ capability: FETCH, verdict, writes: method === 'POST', status },
});
const forwarded = (verdict: Nature['verdict'], method: 'GET' | 'POST'): Nature => ({
  ...fetched(verdict, method),
  capability: FORWARD,
});
/** What goes through a tunnel is not seen: it counts as a write. */
const tunnelled = (verdict: Nature['verdict']): Nature => ({ ...fetched(verdict, 'POST'), capability: TUNNEL });
const echoed = (verdict: Nature['verdict']): Nature => ({ capability: ECHO, verdict, writes: false, status: 200 });

/** The steps that agents ask for: an id always has the same nature. */
export const STEPS = {
  read: fetched('allow', 'GET'),
  write: fetched('allow', 'POST'),
  ask: fetched('ask', 'POST'),
  'ask-again': fetched('ask', 'POST'),
  'ask-to-read': fetched('ask', 'GET'),
  'ask-to-read-again': fetched('ask', 'GET'),
  'ask-to-read-more': fetched('ask', 'GET'),
  deny: fetched('deny', 'POST'),
  'read-badly': fetched('allow', 'GET', 500),
  'write-badly': fetched('allow', 'POST', 500),
  forward: forwarded('allow', 'GET'),
  'forward-out': forwarded('allow', 'POST'),
  'forward-asking': forwarded('ask', 'POST'),
  tunnel: tunnelled('allow'),
  'tunnel-asking': tunnelled('ask'),
  echo: echoed('allow'),
  'ask-to-echo': echoed('ask'),
} as const satisfies Readonly<Record<string, Nature>>;
export type StepName = keyof typeof STEPS;

const idOf = (kind: IdKind, index: number): string => formatId(kind, Uint8Array.from([...Array(15).fill(0), index]));
export const anId = idOf;
/** Two runs share the first session, two the third; the others have one of their own. The last session is open only once somebody opened it. */
export const RUNS = [1, 2, 3, 4, 5, 6].map((index) => idOf('run', index));
export const SESSIONS = [1, 2, 3, 4].map((index) => idOf('session', index));
export const OPENED_AT_FIRST = 3;
export const SESSION_NOBODY_OPENS = idOf('session', 9);
const SESSION_OF_RUN = [0, 0, 1, 2, 3, 2] as const;
export const sessionOfRun = (run: number): string => SESSIONS[SESSION_OF_RUN[run]!]!;

export const AGENTS = ['researcher', 'writer'] as const;
export const TEAM = 'blue';
export const agentOfSession = (session: number): string => AGENTS[session === 2 ? 1 : 0];
export const OPERATOR = 'olga';
export const APPROVERS = ['ann', 'bob', OPERATOR, AGENTS[0]] as const;
/** People who let nobody work: whoever of them may decide, nobody of them asked. */
export const PEOPLE = ['ann', 'bob', 'cleo'] as const;
export const TOKEN_SHA256 = 'a'.repeat(64);

/** The address tells everything about a step; `other` content differs in nothing but itself. */
export function inputOf(name: StepName, other: boolean): JsonObject {
  const { capability, verdict, writes, status } = STEPS[name];
  const url = `https://example.org/${verdict}/${status}${other ? '/other' : ''}`;
  const method = writes ? 'POST' : 'GET';
  if (capability === ECHO) return { method, url, words: 'hello' };
  if (capability === FETCH) return { method, url };
  const waiting = { listener: 'listener-1', connection: '0'.repeat(32) };
  if (capability === TUNNEL) return { ...waiting, host: `${verdict}${other ? '.other' : ''}.example.org`, port: 443 };
  return { ...waiting, method, url, headers: {}, bodyBytes: 0 };
}

/** What tells the inputs of these stories apart: the address, or the host of a tunnel. */
export const contentOf = ({ url, host }: JsonObject): string => String(url ?? host);
/** The verdict that an input asks for. */
const verdictIn = (input: JsonObject): string | undefined =>
  typeof input['host'] === 'string'
    ? input['host'].split('.')[0]
    : new URL(String(input['url'])).pathname.split('/')[1];

/** What the run of each index is judged by. */
export const JUDGED_BY = ['manual', 'fresh-read', 'fresh-read', 'subgoals', 'fresh-read', 'read-and-noted'] as const;
export type JudgedBy = (typeof JUDGED_BY)[number];
const READ = { kind: 'capability_succeeded' as const, capability: FETCH, min: 1, input: { method: 'GET' } };
const FRESH_READ = { ...READ, voidedBy: [{ capability: FETCH, input: { method: 'POST' } }] };
/** The note that the sixth run has to leave, and what it has to say. */
export const NOTE = { key: 'answer', value: 'yes' } as const;
const PREDICATES = {
  manual: { kind: 'manual' as const },
  'fresh-read': FRESH_READ,
  'read-and-noted': { kind: 'all_of' as const, all_of: [FRESH_READ, { kind: 'memory_equals' as const, ...NOTE }] },
  subgoals: { kind: 'subgoals_done' as const },
};
export const predicateOf = (run: number) => PREDICATES[JUDGED_BY[run]!];

/** Subgoals by name; a run that is judged by them starts with the first two. The others are added. */
export const SUBGOALS = ['g1', 'g2', 'g3', 'g4'] as const;
/** Of these, how many steps may be started for each; the others have what the run has. */
export const SUBGOAL_STEPS: Readonly<Record<string, number>> = { g1: 2, g3: 1 };
export const subgoalOf = (subgoalId: string, goal = 'a part of it') => ({
  ...{ subgoalId, goal, predicate: READ },
  ...(SUBGOAL_STEPS[subgoalId] === undefined ? {} : { budget: { steps: SUBGOAL_STEPS[subgoalId] } }),
});

/** The third run works in segments of so many steps. */
export const segmentOf = (run: number): number | undefined => (run === 2 ? 3 : undefined);
export const SIGNALS = ['paid', 'shipped'] as const;
export type SignalName = (typeof SIGNALS)[number];

export const LIMITS = {
  timeoutMs: 15_000,
  approvalMs: 60_000,
  agentLeaseMs: 120_000,
  maxLifeMs: 3_600_000,
  pauseMs: 600_000,
  wallClockMs: 300_000,
} as const;

/** What policy says of budgets, which differs from story to story: of what runs share, in steps; and whether a person may give more. */
export type Terms = {
  readonly pools: { readonly session?: number; readonly agent?: number; readonly team?: number };
  readonly asksForSteps: boolean;
  readonly asksForTime: boolean;
  readonly consent?: Consent | undefined;
};
/** What a fetch takes that needs asking: so many people, and who they may be when it is not everybody. */
export type Consent = { readonly quorum: number; readonly approvers?: readonly string[] | undefined };

const perLevel = (pools: Terms['pools']) =>
  Object.fromEntries(Object.entries(pools).map(([level, steps]) => [level, { steps }]));
const consented = ({ quorum, approvers }: Consent) => ({
  [FETCH]: { quorum, statement: false, ...(approvers ? { approvers: [...approvers] } : {}) },
});
const onLimit = (asks: boolean) => (asks ? { onLimit: 'ask' as const } : { onLimit: 'stop' as const });

/** A policy that reads its verdict from the address. */
export const policyOf = ({ pools, asksForSteps, asksForTime, consent }: Terms): Policy => ({
  ref: POLICY,
  pack: {
    ...{ id: POLICY.pack, version: POLICY.version, digest: POLICY.digest, description: 'for tests', rules: [] },
    limits: { maxSteps: 10, defaultSteps: 10, maxWallClockMs: 600_000, defaultWallClockMs: LIMITS.wallClockMs },
    approvals: {
      expiresAfterMs: LIMITS.approvalMs,
      startersMayApprove: false,
      rules: consent ? consented(consent) : {},
    },
    completion: { selfReported: 'refuse' },
    sessions: { activeRuns: 'one' },
    runs: {
      ...{ agentLeaseMs: LIMITS.agentLeaseMs, maxLifeMs: LIMITS.maxLifeMs },
      ...{ defaultPauseMs: LIMITS.pauseMs, maxPauseMs: LIMITS.pauseMs },
    },
    budget: { steps: onLimit(asksForSteps), wallClockMs: onLimit(asksForTime) },
    pools: perLevel(pools),
    ...{ destinations: [], models: [], secrets: [], fetch: {} },
    egress: {
      ...{ maxRequestBytes: 1_000, maxResponseBytes: 1_000, timeoutMs: LIMITS.timeoutMs, maxRedirects: 0 },
      ...{ maxKeptBytes: 0, maxSentBytes: 0, ports: [443], maxWildcardNames: 0, minBytesPerSecond: 0, flowGraceMs: 0 },
      ...{ tunnelPorts: [443], tunnelMs: 1_000, tunnelBytesOut: 1, tunnelBytesIn: 1, intercept: [], approvalWaitMs: 0 },
    },
  },
  decide: ({ input }) => {
    const verdict = verdictIn(input as JsonObject) as Nature['verdict'];
    return { verdict, rule: `rule-${verdict}`, reason: verdict, policy: POLICY, allowed: [] };
  },
  decideFetch: () => {
    throw new Error('nobody here decides a fetch');
  },
  decideTunnel: () => {
    throw new Error('nobody here decides a tunnel');
  },
});
