import type {
  checkCredential,
  DataOf,
  executeForwardedStep,
  executeStep,
  ReplyEnvelope,
  ReplyOf,
  StepOutcome,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { Handlers } from '../handlers.ts';

type Execute = (incoming: Incoming<typeof executeStep>) => Promise<ReplyEnvelope<StepOutcome>>;

type Ledgers = Pick<Handlers, 'runs' | 'sessions'>;
type Shown = DataOf<typeof checkCredential>;

/**
 * The run whose credential this is; undefined when it is none's. It is told from the ledger, each time anew: a session that was revoked is refused
 * from that moment on.
 */
async function runOf({ runs, sessions }: Ledgers, { runId, tokenSha256 }: Shown) {
  const run = await runs.load(runId);
  const session = run.kind === 'none' ? undefined : await sessions.load(run.sessionId);
  const isHolder = session?.kind === 'session' && session.state === 'open' && session.tokenSha256 === tokenSha256;
  return run.kind !== 'none' && isHolder ? run : undefined;
}

/** Tells a process whether it has the credential of a run. */
export function credentialChecker(ledgers: Ledgers) {
  return async ({ data }: Incoming<typeof checkCredential>): Promise<ReplyEnvelope<ReplyOf<typeof checkCredential>>> =>
    (await runOf(ledgers, data)) ? ok({ runId: data.runId }) : NOT_KNOWN;
}

/** Executes a step for whoever has the credential of its run. */
export function forwardedStepExecutor(ledgers: Ledgers, execute: Execute) {
  return async ({
    data,
    meta,
    subject,
  }: Incoming<typeof executeForwardedStep>): Promise<ReplyEnvelope<StepOutcome>> => {
    const { tokenSha256, ...step } = data;
    const run = await runOf(ledgers, { runId: step.runId, tokenSha256 });
    if (!run) return NOT_KNOWN;
    const actor = { kind: 'agent' as const, id: run.agentId };
    return execute({ data: { ...step, sessionId: run.sessionId }, meta: { ...meta, actor }, subject });
  };
}

/** One answer for whatever is wrong: it tells nobody which runs there are. */
const NOT_KNOWN = rejected(
  'CREDENTIAL_INVALID',
  "this is not a run with the token of its open session; take the run's id as user and its session's token as password",
);
