import { formatId, type IdKind, type JsonObject } from '@causeway/contracts';
import type { Policy } from '@causeway/policy';
import { POLICY } from '../run.features.ts';

/** What policy says to a step, and what its provider does with it. */
export type Nature = {
  readonly verdict: 'allow' | 'ask' | 'deny';
  readonly writes: boolean;
  readonly status: 200 | 500;
};
/** The steps that agents ask for: an id always has the same nature. */
export const STEPS = {
  read: { verdict: 'allow', writes: false, status: 200 },
  write: { verdict: 'allow', writes: true, status: 200 },
  ask: { verdict: 'ask', writes: true, status: 200 },
  'ask-to-read': { verdict: 'ask', writes: false, status: 200 },
  deny: { verdict: 'deny', writes: true, status: 200 },
  'read-badly': { verdict: 'allow', writes: false, status: 500 },
  'write-badly': { verdict: 'allow', writes: true, status: 500 },
} as const satisfies Readonly<Record<string, Nature>>;
export type StepName = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as readonly StepName[];

const idOf = (kind: IdKind, index: number): string => formatId(kind, Uint8Array.from([...Array(15).fill(0), index]));
/** Two runs share the first session; the third has its own. */
export const RUNS = [1, 2, 3].map((index) => idOf('run', index));
export const SESSIONS = [1, 2].map((index) => idOf('session', index));
export const sessionOfRun = (run: number): string => SESSIONS[run === 2 ? 1 : 0]!;
export const anId = idOf;

export const AGENT = 'researcher';
export const OPERATOR = 'olga';
export const APPROVERS = ['ann', 'bob', OPERATOR, AGENT] as const;
/** They opened the sessions and started the runs, or work in them: they decide nothing. */
export const MAY_NOT_APPROVE: readonly string[] = [OPERATOR, AGENT];

/** The address tells everything about a step; `other` content differs in nothing but itself. */
export function inputOf(name: StepName, other: boolean): JsonObject {
  const { verdict, writes, status } = STEPS[name];
  return { method: writes ? 'POST' : 'GET', url: `https://example.org/${verdict}/${status}${other ? '/other' : ''}` };
}

export const LIMITS = {
  timeoutMs: 15_000,
  approvalMs: 60_000,
  agentLeaseMs: 120_000,
  maxLifeMs: 3_600_000,
  pauseMs: 600_000,
  wallClockMs: 300_000,
} as const;

/** A policy that reads its verdict from the address. */
export const policy: Policy = {
  ref: POLICY,
  pack: {
    ...{ id: POLICY.pack, version: POLICY.version, digest: POLICY.digest, description: 'for tests', rules: [] },
    limits: { maxSteps: 10, defaultSteps: 10, maxWallClockMs: 600_000, defaultWallClockMs: LIMITS.wallClockMs },
    approvals: { expiresAfterMs: LIMITS.approvalMs, startersMayApprove: false, rules: {} },
    completion: { selfReported: 'refuse' },
    sessions: { activeRuns: 'one' },
    runs: {
      ...{ agentLeaseMs: LIMITS.agentLeaseMs, maxLifeMs: LIMITS.maxLifeMs },
      ...{ defaultPauseMs: LIMITS.pauseMs, maxPauseMs: LIMITS.pauseMs },
    },
    ...{ budget: {}, pools: {}, destinations: [], models: [], secrets: [], fetch: {} },
    egress: {
      ...{ maxRequestBytes: 1_000, maxResponseBytes: 1_000, timeoutMs: LIMITS.timeoutMs, maxRedirects: 0 },
      ...{ maxKeptBytes: 0, maxSentBytes: 0, ports: [443], maxWildcardNames: 0, minBytesPerSecond: 0, flowGraceMs: 0 },
      ...{ tunnelPorts: [443], tunnelMs: 1_000, tunnelBytesOut: 1, tunnelBytesIn: 1, approvalWaitMs: 0 },
    },
  },
  decide: ({ input }) => {
    const { url } = input as { readonly url: string };
    const verdict = new URL(url).pathname.split('/')[1] as Nature['verdict'];
    return { verdict, rule: `rule-${verdict}`, reason: verdict, policy: POLICY, allowed: [] };
  },
  decideFetch: () => {
    throw new Error('nobody here decides a fetch');
  },
  decideTunnel: () => {
    throw new Error('nobody here decides a tunnel');
  },
};
