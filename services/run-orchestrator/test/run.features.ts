import type {
  ApprovalContent,
  GrantTerms,
  PolicyRef,
  Predicate,
  RunOrchestratorEvent,
  Scalar,
  StepFinding,
  Subgoal,
} from '@causeway/contracts';
import { fold } from '@causeway/eventing';
import { runDecider } from '../src/runs/domain/run.decide.ts';
import type { Attempt, PolicyVerdict, RunCommand, StepCommand, StepFate } from '../src/runs/domain/run.commands.ts';
import type { RunDecision } from '../src/runs/domain/run.refusals.ts';
import type { Mover } from '../src/runs/domain/transitions.ts';

export type RunEvent = RunOrchestratorEvent;
export type CommandOf<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>;

export const RUN = 'run_00000000000000000000000001';
export const SESSION = 'ses_00000000000000000000000001';
export const OTHER_SESSION = 'ses_00000000000000000000000002';
export const APPROVAL = 'apr_00000000000000000000000001';
export const POLICY: PolicyRef = { pack: 'test', version: '1.0.0', digest: 'a'.repeat(64) };
export const FETCH = 'network.http-fetch';
export const DIGEST = 'd'.repeat(64);
export const USAGE = { bytesIn: 20, bytesOut: 10, durationMs: 5 };

const EPOCH_MS = Date.parse('2026-01-01T00:00:00.000Z');
/** This many ms after the run started. */
export const atMs = (ms: number): string => new Date(EPOCH_MS + ms).toISOString();

export const start = (more: Partial<CommandOf<'start'>> = {}): CommandOf<'start'> => ({
  ...{ type: 'start', runId: RUN, sessionId: SESSION, agentId: 'researcher', goal: 'find out', policy: POLICY },
  ...{ budget: { steps: 3, wallClockMs: 60_000 }, askedBudget: {}, predicate: { kind: 'manual' } },
  ...{ mover: 'operator', by: 'olga', at: atMs(0) },
  ...more,
});

export const started = (more: Partial<Extract<RunEvent, { type: 'run.started' }>['data']> = {}): RunEvent => {
  const { type: _, askedBudget: __, mover: ___, subgoals: ____, by: startedBy, ...data } = start();
  return { type: 'run.started', data: { ...data, startedBy, ...more } };
};

export const fetchSucceeded = (min = 1, input?: Record<string, string>): Predicate => ({
  ...{ kind: 'capability_succeeded', capability: FETCH, min },
  ...(input ? { input } : {}),
});

export const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  ...{ callId: 'call_00000000000000000000000001', executor: 'orchestrator-1', owner: 'egress-proxy' },
  ...{ deadlineAt: atMs(15_000), ...more },
});

export const ALLOWED: PolicyVerdict = {
  ...{ verdict: 'allow', rule: 'read-pages', reason: 'Read pages.', policy: POLICY, allowed: [] },
};
export const DENIED: PolicyVerdict = {
  ...{ verdict: 'deny', rule: 'default-deny', reason: 'no rule allows it', policy: POLICY, allowed: ['Read pages.'] },
};
export const content = (more: Partial<ApprovalContent> = {}): ApprovalContent => ({
  ...{ approvalId: APPROVAL, agentId: 'researcher', sessionId: SESSION, runId: RUN, stepId: 's1', capability: FETCH },
  ...{ capabilityDigest: 'c'.repeat(64), input: {}, policy: POLICY, rule: 'publish', nonce: 'n' },
  ...{ expiresAt: atMs(3_600_000), ...more },
});
export const asks = (more: Partial<ApprovalContent> = {}): PolicyVerdict => ({
  ...{ verdict: 'ask', rule: 'publish', reason: 'Publish.', policy: POLICY, allowed: [] },
  approval: { content: content(more), digest: DIGEST },
});

export const GRANT = 'grt_00000000000000000000000001';
/** What policy says when a standing grant covers the step: its version 1, and so its first use, unless told otherwise. */
export const granted = (use = 1): PolicyVerdict => ({
  ...{ verdict: 'ask', rule: 'publish', reason: 'Publish.', policy: POLICY, allowed: [] },
  grant: { grantId: GRANT, version: use, use, until: atMs(3_600_000) },
});
export const grantTerms = (more: Partial<GrantTerms> = {}): GrantTerms => ({
  ...{ grantId: GRANT, approvalId: APPROVAL, agentId: 'researcher', capability: FETCH },
  ...{ capabilityDigest: 'c'.repeat(64), policy: POLICY, rule: 'publish', risk: 'medium' },
  ...{ match: ['url'], matchDigest: 'f'.repeat(64), uses: 3, until: atMs(3_600_000) },
  ...more,
});
export const grantIssued = (more: Partial<GrantTerms> = {}): RunEvent => ({
  type: 'grant.issued',
  data: { terms: grantTerms(more), matched: { url: 'u' }, issuedBy: 'ann', reason: 'fine', at: atMs(0) },
});

export const acknowledge = (stepId: string, finding: StepFinding = 'happened'): StepCommand => ({
  ...{ type: 'acknowledge', stepId, finding, note: 'looked', by: 'olga', at: atMs(9_000) },
});

export const request = (stepId: string, more: Partial<CommandOf<'request-step'>> = {}): CommandOf<'request-step'> => ({
  ...{ type: 'request-step', sessionId: SESSION, stepId, capability: FETCH, input: { method: 'GET' } },
  ...{ inputDigest: 'e'.repeat(64), verdict: ALLOWED, attempt: attempt(), by: 'researcher', at: atMs(1_000) },
  ...more,
});

export const SUCCEEDED: StepFate = { state: 'succeeded', result: { value: 'hi', untrusted: true }, usage: USAGE };
export const answered = (status: number): StepFate => ({
  ...{ state: 'succeeded', result: { value: { status }, untrusted: true }, usage: USAGE },
});
export const FAILED: StepFate = {
  ...{ state: 'failed', rejection: { code: 'UPSTREAM_TIMEOUT', detail: 'too slow' }, usage: USAGE },
};
export const UNKNOWN: StepFate = { state: 'unknown', reason: 'no fact' };

export const fate = (stepId: string, is: StepFate, more: Partial<CommandOf<'record-fate'>> = {}): StepCommand => ({
  ...{ type: 'record-fate', stepId, attempt: 1, fate: is, at: atMs(2_000) },
  ...more,
});

export const tryAgain = (stepId: string, after: number): StepCommand => ({
  ...{ type: 'try-again', stepId, after, attempt: attempt(), at: atMs(2_000) },
});

export const startHeld = (stepId: string, more: Partial<CommandOf<'start-held'>> = {}): CommandOf<'start-held'> => ({
  ...{ type: 'start-held', stepId, approvalId: APPROVAL, approvalVersion: 2, digest: DIGEST },
  ...{ attempt: attempt(), by: 'ann', at: atMs(5_000) },
  ...more,
});

export const refuseHeld = (stepId: string, mover: Mover = 'approver'): StepCommand => ({
  ...{ type: 'refuse-held', stepId, mover, by: 'ann', at: atMs(5_000) },
  rejection: { code: 'APPROVAL_DENIED', detail: 'no' },
});

export const claim = (more: Partial<CommandOf<'claim'>> = {}): CommandOf<'claim'> => ({
  ...{ type: 'claim', sessionId: SESSION, note: 'done', pauseDeadlineAt: atMs(86_400_000) },
  ...{ by: 'researcher', at: atMs(10_000) },
  ...more,
});

export const subgoal = (subgoalId: string, more: Partial<Subgoal> = {}): Subgoal => ({
  ...{ subgoalId, goal: `reach ${subgoalId}`, predicate: fetchSucceeded(1) },
  ...more,
});

export const addSubgoals = (
  subgoals: readonly Subgoal[],
  more: Partial<CommandOf<'add-subgoals'>> = {},
): CommandOf<'add-subgoals'> => ({
  ...{ type: 'add-subgoals', subgoals, mover: 'operator', by: 'olga', at: atMs(3_000) },
  ...more,
});

/** The digest of a note: any text that differs for different values. */
const digestOf = (value: Scalar): string =>
  [...JSON.stringify(value)]
    .map((c) => c.charCodeAt(0).toString(16))
    .join('')
    .padEnd(64, '0')
    .slice(0, 64);

export const note = (key: string, value: Scalar, more: Partial<CommandOf<'note'>> = {}): CommandOf<'note'> => ({
  ...{ type: 'note', sessionId: SESSION, key, value, digest: digestOf(value), by: 'researcher', at: atMs(4_000) },
  ...more,
});

export const complete = (mover: Mover = 'operator'): CommandOf<'complete'> => ({
  ...{ type: 'complete', reason: 'looks good', mover, by: 'olga', at: atMs(20_000) },
});

export const cancel = (mover: Mover, sessionId?: string): CommandOf<'cancel'> => ({
  ...{ type: 'cancel', reason: 'no longer needed', mover, by: 'olga', at: atMs(20_000) },
  ...(sessionId ? { sessionId } : {}),
});

export const PAUSE = 'pau_00000000000000000000000001';
export const RESUME = 'pau_00000000000000000000000009';
export const SIGNAL = 'sig_00000000000000000000000001';
export const CHECKPOINT = 'ckp_00000000000000000000000001';
export const KILL = 'kil_00000000000000000000000001';

export const pause = (mover: Mover = 'operator', more: Partial<CommandOf<'pause'>> = {}): CommandOf<'pause'> => ({
  ...{ type: 'pause', pauseId: PAUSE, cause: 'operator', deadlineAt: atMs(86_400_000), mover },
  ...(mover === 'agent' ? { sessionId: SESSION } : {}),
  ...{ by: mover === 'agent' ? 'researcher' : 'olga', at: atMs(3_000) },
  ...more,
});
/** The agent waits for something outside. */
export const wait = (name = 'paid', more: Partial<CommandOf<'pause'>> = {}): CommandOf<'pause'> =>
  pause('agent', { cause: 'external-event', waitsFor: name, ...more });

export const resume = (mover: Mover = 'operator', more: Partial<CommandOf<'resume'>> = {}): CommandOf<'resume'> => ({
  ...{ type: 'resume', resumeId: RESUME, mover, by: 'olga', at: atMs(4_000) },
  ...more,
});

export const signal = (name = 'paid', more: Partial<CommandOf<'signal'>> = {}): CommandOf<'signal'> => ({
  ...{ type: 'signal', signalId: SIGNAL, name, data: { invoice: 7 }, mover: 'operator', by: 'till', at: atMs(4_000) },
  ...more,
});

export const hear = (ms: number): CommandOf<'hear'> => ({
  ...{ type: 'hear', sessionId: SESSION, by: 'researcher', at: atMs(ms) },
});

export const checkpoint = (more: Partial<CommandOf<'checkpoint'>> = {}): CommandOf<'checkpoint'> => ({
  ...{ type: 'checkpoint', sessionId: SESSION, checkpointId: CHECKPOINT, sha256: DIGEST, sizeBytes: 9, note: 'half' },
  ...{ resourceId: 'res_00000000000000000000000001', deadlineAt: atMs(86_400_000), by: 'researcher', at: atMs(3_000) },
  ...more,
});

export const killStep = (stepId: string, mover: Mover = 'operator'): CommandOf<'kill-step'> => ({
  ...{ type: 'kill-step', stepId, killId: KILL, mover, by: 'olga', at: atMs(4_000) },
});

export const tick = (ms: number): RunCommand => ({ type: 'tick', at: atMs(ms) });

/** Types of the events that are more than a warning; throws when it was refused. */
export function movesIn(decision: RunDecision): readonly string[] {
  if (!decision.accepted) throw new Error(decision.rejection.detail);
  return decision.events.map(({ type }) => type).filter((type) => type !== 'budget.warned');
}

/** The events that these commands leave, one after another. Throws when one is refused. */
export function history(...commands: readonly RunCommand[]): readonly RunEvent[] {
  const events: RunEvent[] = [];
  for (const command of commands) {
    const decision = runDecider.decide(command, fold(runDecider, events));
    if (!decision.accepted) throw new Error(`${command.type} was refused: ${decision.rejection.detail}`);
    events.push(...decision.events);
  }
  return events;
}
