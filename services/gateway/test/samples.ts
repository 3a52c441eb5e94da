import { formatId, type ApprovalView, type IdKind, type RunView, type StepOutcome } from '@causeway/contracts';

export const idNumber = (kind: IdKind, number: number): string => formatId(kind, new Uint8Array(16).fill(number));

export const RUN = idNumber('run', 1);
export const OTHER_RUN = idNumber('run', 2);
export const SESSION = idNumber('session', 1);
export const APPROVAL = idNumber('approval', 1);
export const AT = '2026-01-01T00:00:00.000Z';
export const DIGEST = 'ab'.repeat(32);

export const BUDGET = { steps: { limit: 5, used: 1, reserved: 0 }, wallClockMs: { limit: 60_000, used: 10 } };
export const POLICY = { pack: 'default', version: '1.0.0', digest: DIGEST };

export const runView = (over: Partial<RunView> = {}): RunView => ({
  runId: RUN,
  sessionId: SESSION,
  agentId: 'reader',
  goal: 'read the page',
  state: 'active',
  predicate: { kind: 'manual' },
  policy: POLICY,
  claimed: false,
  verified: false,
  budget: BUDGET,
  startedAt: AT,
  position: 7,
  ...over,
});

export const stepOutcome = (over: Partial<StepOutcome> = {}): StepOutcome => ({
  runId: RUN,
  stepId: 'one',
  capability: 'network.http-fetch',
  state: 'succeeded',
  attempt: 1,
  result: { value: { status: 200 }, untrusted: true },
  usage: { bytesIn: 10, bytesOut: 5, durationMs: 3 },
  budget: BUDGET,
  position: 11,
  ...over,
});

export const approvalView = (over: Partial<ApprovalView> = {}): ApprovalView => ({
  approvalId: APPROVAL,
  state: 'pending',
  content: {
    approvalId: APPROVAL,
    agentId: 'reader',
    sessionId: SESSION,
    runId: RUN,
    stepId: 'one',
    capability: 'network.http-fetch',
    capabilityDigest: DIGEST,
    input: { url: 'https://example.com/', method: 'POST' },
    policy: POLICY,
    rule: 'ask-before-post',
    expiresAt: '2026-01-01T01:00:00.000Z',
    nonce: 'n',
  },
  digest: DIGEST,
  reason: 'a POST needs a person',
  requestedBy: 'reader',
  given: [],
  requestedAt: AT,
  ...over,
});
