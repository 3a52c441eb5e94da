import type { executeForwardedStep, executeStep, ReplyEnvelope, StepOutcome } from '@causeway/contracts';
import { rejected, type Incoming } from '@causeway/messaging';
import type { Handlers } from '../handlers.ts';

type Execute = (incoming: Incoming<typeof executeStep>) => Promise<ReplyEnvelope<StepOutcome>>;

/** Whose run and token these are is told from the ledger, each time anew: a session that was revoked is refused from that moment on. */
export function forwardedStepExecutor({ runs, sessions }: Pick<Handlers, 'runs' | 'sessions'>, execute: Execute) {
  return async ({
    data,
    meta,
    subject,
  }: Incoming<typeof executeForwardedStep>): Promise<ReplyEnvelope<StepOutcome>> => {
    const { tokenSha256, ...step } = data;
    const run = await runs.load(step.runId);
    const session = run.kind === 'none' ? undefined : await sessions.load(run.sessionId);
    const isHolder = session?.kind === 'session' && session.state === 'open' && session.tokenSha256 === tokenSha256;
    if (run.kind === 'none' || !isHolder) return NOT_KNOWN;
    const actor = { kind: 'agent' as const, id: run.agentId };
    return execute({ data: { ...step, sessionId: run.sessionId }, meta: { ...meta, actor }, subject });
  };
}

/** One answer for whatever is wrong: it tells nobody which runs there are. */
const NOT_KNOWN = rejected(
  'CREDENTIAL_INVALID',
  "this is not a run with the token of its open session; take the run's id as user and its session's token as password",
);
