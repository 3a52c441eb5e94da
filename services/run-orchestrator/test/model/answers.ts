import type { ReplyEnvelope } from '@causeway/contracts';
import { hasSucceeded, isManual, isOver, reservedOf, type Known, type ModelApproval, type ModelRun } from './known.ts';
import { AGENT, inputOf, MAY_NOT_APPROVE, RUNS, SESSIONS, sessionOfRun, type StepName } from './scene.ts';
import type { Request } from './sequences.ts';

/** A request, and what came of it. `from` and `to`: events in the log when it was sent and answered; times likewise. */
export type Exchange = {
  readonly request: Request;
  readonly from: number;
  readonly sentAt: string;
  readonly approvalId?: string;
  to?: number;
  answeredAt?: string;
  reply?: ReplyEnvelope<unknown>;
  error?: unknown;
};

const OK = 'accepted';
type Decision = Extract<Request, { kind: 'grant' | 'deny' | 'return' }>;
const SETTLED = {
  granted: 'APPROVAL_NOT_PENDING',
  denied: 'APPROVAL_DENIED',
  returned: 'APPROVAL_RETURNED',
  expired: 'APPROVAL_EXPIRED',
  consumed: 'APPROVAL_CONSUMED',
  withdrawn: 'APPROVAL_WITHDRAWN',
} as const;

const VERDICTS = { grant: 'granted', deny: 'denied', return: 'returned' } as const;

/** What a decision about an approval is answered, by a simple reading of the promises. */
function decisionAnswer(
  request: Decision,
  known: Known,
  { approvalId, at }: { approvalId: string; at: string },
): string {
  const approval = known.approvals[approvalId];
  if (!approval) return 'APPROVAL_NOT_FOUND';
  if (isWrong(request, 'digest')) return 'APPROVAL_DIGEST_MISMATCH';
  if (isDecisionOf(request, approval)) return OK;
  if (MAY_NOT_APPROVE.includes(request.by)) return 'APPROVAL_OWN_REQUEST';
  const { state, expiresAt, statement } = approval;
  if (state !== 'pending') return SETTLED[state];
  if (at >= expiresAt) return 'APPROVAL_EXPIRED';
  return isWrong(request, 'statement') && statement !== undefined ? 'APPROVAL_STATEMENT_MISMATCH' : OK;
}

const isWrong = (request: Decision, what: 'digest' | 'statement'): boolean =>
  request.kind === 'grant' && request.wrong === what;
const isDecisionOf = ({ kind, by }: Decision, { decision }: ModelApproval): boolean =>
  decision?.by === by && decision.as === VERDICTS[kind];

function startAnswer({ run: index, limit }: Extract<Request, { kind: 'start' }>, known: Known): string {
  const run = known.runs[RUNS[index]!];
  if (run) return run.limit === limit ? OK : 'RUN_ALREADY_STARTED';
  const session = known.sessions[sessionOfRun(index)]!;
  if (!session.isOpen) return 'SESSION_REVOKED';
  return session.runId === undefined ? OK : 'SESSION_BUSY';
}

function stepAnswer({ step: name, other }: Extract<Request, { kind: 'step' }>, run: ModelRun): string {
  const step = run.steps[name];
  if (step) return step.content === String(inputOf(name, other)['url']) ? OK : 'STEP_ID_REUSED';
  if (isOver(run)) return 'RUN_NOT_ACTIVE';
  return run.state === 'paused' ? 'RUN_PAUSED' : OK;
}

const waitsForPerson = (run: ModelRun): boolean =>
  run.state === 'paused' && run.cause === 'operator' && run.isClaimed && isManual(run.runId);

function claimAnswers(run: ModelRun): readonly string[] {
  if (run.state === 'done' || waitsForPerson(run)) return [OK];
  if (run.state === 'paused') return ['RUN_PAUSED'];
  if (run.state !== 'active') return ['RUN_NOT_ACTIVE'];
  if (isManual(run.runId)) return [OK];
  // A write that came later may have voided what a fetch showed; predicates have tests of their own.
  return hasSucceeded(run) ? [OK, 'CLAIM_NOT_PROVEN'] : ['CLAIM_NOT_PROVEN'];
}

function resumeAnswer(run: ModelRun, id: string): string {
  if (run.done.includes(id)) return OK;
  if (isOver(run)) return 'RUN_NOT_ACTIVE';
  return run.state === 'paused' && run.cause !== 'approval' ? OK : 'RUN_TRANSITION_REFUSED';
}

function pauseAnswer(run: ModelRun, id: string): string {
  if (run.done.includes(id)) return OK;
  if (isOver(run)) return 'RUN_NOT_ACTIVE';
  return run.state === 'paused' ? 'RUN_PAUSED' : OK;
}

function cancelAnswer({ state }: ModelRun): string {
  return state === 'done' || state === 'failed' ? 'RUN_TRANSITION_REFUSED' : OK;
}

export const pauseIdOf = (kind: 'pause' | 'resume', id: number): string =>
  `pau_0000000000000000000000000${kind === 'pause' ? id : id + 4}`;

/** The answers that a request may have when this is known. */
function answersTo({ request, approvalId = '' }: Exchange, known: Known, at: string): readonly string[] {
  if (request.kind === 'revoke') return [OK];
  if (request.kind === 'start') return [startAnswer(request, known)];
  if ('pick' in request) return [decisionAnswer(request, known, { approvalId, at })];
  const run = known.runs[RUNS[request.run]!];
  return run ? answersOfRun(request, run) : ['RUN_NOT_FOUND'];
}

type OfRun = Exclude<Request, { kind: 'revoke' | 'start' | 'grant' | 'deny' | 'return' }>;
function answersOfRun(request: OfRun, run: ModelRun): readonly string[] {
  switch (request.kind) {
    case 'step':
      return [stepAnswer(request, run)];
    case 'pause':
      return [pauseAnswer(run, pauseIdOf('pause', request.id))];
    case 'resume':
      return [resumeAnswer(run, pauseIdOf('resume', request.id))];
    case 'claim':
      return claimAnswers(run);
    case 'complete':
      return [run.state === 'done' || waitsForPerson(run) ? OK : 'RUN_TRANSITION_REFUSED'];
    case 'cancel':
      return [cancelAnswer(run)];
  }
}

type Told = {
  readonly state: string;
  readonly attempt?: number;
  readonly position: number;
  readonly rejection?: { readonly code: string };
  readonly budget?: { readonly steps: { readonly limit: number; readonly used: number; readonly reserved: number } };
};

/** Whether an answer tells what the model knows: what was asked for has happened, and the state and the budget are told as they were together. */
function tellsTruth({ request, reply, approvalId = '' }: Exchange, known: Known): boolean {
  if (!reply?.ok) return true;
  if (request.kind === 'revoke') return known.sessions[SESSIONS[request.session]!]?.isOpen === false;
  if ('pick' in request) {
    const approval = known.approvals[approvalId];
    return approval !== undefined && isDecisionOf(request, approval);
  }
  const run = known.runs[RUNS[request.run]!];
  return run !== undefined && hasHappened(request, run) && tellsRun(reply.value as Told, run, request);
}

function tellsRun(told: Told, run: ModelRun, request: AboutRun): boolean {
  if (!tellsBudget(told, run)) return false;
  return request.kind === 'step' ? tellsStep(told, run, request.step) : told.state === run.state;
}

const tellsBudget = ({ budget }: Told, run: ModelRun): boolean =>
  budget?.steps.limit === run.limit && budget.steps.used === run.used && budget.steps.reserved === reservedOf(run);

type AboutRun = OfRun | Extract<Request, { kind: 'start' }>;
function hasHappened(request: AboutRun, run: ModelRun): boolean {
  switch (request.kind) {
    case 'start':
      return run.limit === request.limit;
    case 'step':
      return run.steps[request.step]?.content === String(inputOf(request.step, request.other)['url']);
    case 'pause':
    case 'resume':
      return run.done.includes(pauseIdOf(request.kind, request.id));
    case 'claim':
      return run.isClaimed;
    case 'complete':
      return run.state === 'done';
    case 'cancel':
      return run.state === 'cancelled';
  }
}

function tellsStep({ state, attempt, rejection, position }: Told, run: ModelRun, name: StepName): boolean {
  const step = run.steps[name];
  if (step?.state !== state || step.attempt !== attempt || step.position !== position) return false;
  return state === 'unknown' ? rejection?.code === 'STEP_OUTCOME_UNKNOWN' : rejection?.code === step.code;
}

/** Faults of the network that a caller may hear of; then it does not know what came of its request. */
const NOT_KNOWN = ['LEDGER_UNAVAILABLE', 'SERVICE_UNAVAILABLE', 'VERSION_CONFLICT'];
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** What is wrong with an answer; undefined when there was a moment, while it was worked on, at which it was the right one. */
export function wrongAnswer(exchange: Exchange, states: readonly Known[]): string | undefined {
  const { request, from, to, reply, error, sentAt, answeredAt } = exchange;
  if (to === undefined || answeredAt === undefined) return undefined;
  const what = JSON.stringify(request);
  if (error !== undefined) return NOT_KNOWN.includes(codeOf(error)) ? undefined : `${what} failed: ${String(error)}`;
  const answer = reply!.ok ? OK : reply!.rejection.code;
  const window = states.slice(from, to + 1);
  const may = [
    ...new Set(window.flatMap((known) => [sentAt, answeredAt].flatMap((at) => answersTo(exchange, known, at)))),
  ];
  if (!may.includes(answer)) return `${what} was answered ${answer}, and not ${may.join(' or ')}`;
  if (window.some((known) => tellsTruth(exchange, known))) return undefined;
  return `${what} was told ${JSON.stringify(reply)}, which was true at no moment`;
}

export const actorOf = (request: Request): { readonly kind: 'agent' | 'operator'; readonly id: string } => {
  if (request.kind === 'step' || request.kind === 'claim') return { kind: 'agent', id: AGENT };
  return { kind: 'operator', id: 'by' in request ? request.by : 'olga' };
};
export const sessionOf = (index: number): string => SESSIONS[index]!;
