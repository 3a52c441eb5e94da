import { OK, type About, type Exchange, type Moment } from './exchange.ts';
import { killsFor } from './answers-of-runs.ts';
import { hasEnded, type Known, type ModelApproval, type ModelSchedule } from './known.ts';
import type { ApprovalRequest, OtherRequest, RequestOf, ScheduleRequest } from './requests.ts';
import { isNotAsked, mayNotDecide, mayStand } from './rules/approvals.ts';
import { SESSION_NOBODY_OPENS, SESSIONS, TOKEN_SHA256 } from './scene.ts';
import { dueAfter, TIMETABLES, timetableOf } from './timetable.ts';

const SETTLED = {
  granted: 'APPROVAL_NOT_PENDING',
  denied: 'APPROVAL_DENIED',
  returned: 'APPROVAL_RETURNED',
  expired: 'APPROVAL_EXPIRED',
  consumed: 'APPROVAL_CONSUMED',
  withdrawn: 'APPROVAL_WITHDRAWN',
} as const;
const VERDICTS = { deny: 'denied', return: 'returned' } as const;
const wrongIn = (request: ApprovalRequest): string => ('wrong' in request ? request.wrong : 'nothing');

/** Why somebody agrees: the same words again are the same yes. */
export const reasonOf = (request: ApprovalRequest): string =>
  request.kind === 'grant' && request.again ? 'still fine' : 'fine';

/** Whether this was said and counted: said again, it is answered again. */
export function isDecisionOf(request: ApprovalRequest, { decision, agreed, grantId }: ModelApproval): boolean {
  const { kind, by } = request;
  if (kind === 'deny' || kind === 'return') return decision?.by === by && decision.as === VERDICTS[kind];
  const isSaid = agreed.some((one) => one.by === by && one.reason === reasonOf(request));
  return isSaid && (kind === 'grant-more') === (grantId !== undefined);
}

/** What a decision about an approval is answered, by a simple reading of the promises. */
export function decisionAnswer(request: ApprovalRequest, { known, at }: Moment, about: About): string {
  const approval = known.approvals[about.approvalId ?? ''];
  if (!approval) return 'APPROVAL_NOT_FOUND';
  if (wrongIn(request) === 'digest') return 'APPROVAL_DIGEST_MISMATCH';
  if (isDecisionOf(request, approval)) return OK;
  if (mayNotDecide(approval, request.by)) return 'APPROVAL_OWN_REQUEST';
  if (isNotAsked(approval, request.by)) return 'APPROVAL_NOT_APPROVER';
  if (approval.state !== 'pending') return SETTLED[approval.state];
  return grantAnswer(request, approval, { at, until: about.until ?? '' });
}

type Time = { readonly at: string; readonly until: string };
function grantAnswer(request: ApprovalRequest, approval: ModelApproval, { at, until }: Time): string {
  const { expiresAt, statement, agreed } = approval;
  if (at >= expiresAt) return 'APPROVAL_EXPIRED';
  const isYes = request.kind === 'grant' || request.kind === 'grant-more';
  if (isYes && agreed.some(({ by }) => by === request.by)) return 'APPROVAL_ALREADY_GIVEN';
  if (wrongIn(request) === 'statement' && statement !== undefined) return 'APPROVAL_STATEMENT_MISMATCH';
  return request.kind !== 'grant-more' || mayStand(approval, until, at) ? OK : 'GRANT_NOT_ALLOWED';
}

export const sessionIdOf = (session: number): string => SESSIONS[session] ?? SESSION_NOBODY_OPENS;
export const otherToken = (other: boolean): string => (other ? 'b'.repeat(64) : TOKEN_SHA256);
/** What a kill names, as the model writes it. */
export const namedBy = ({ scope }: RequestOf<'kill'>, { runId, stepId, sessionId, agentId }: About): string =>
  ({ step: `${runId}/${stepId}`, run: runId, session: sessionId, agent: agentId, everything: '' })[scope];

function missingFor({ scope }: RequestOf<'kill'>, { runs, sessions }: Known, about: About): string | undefined {
  if (scope === 'session') return sessions[about.sessionId] ? undefined : 'SESSION_NOT_FOUND';
  if (scope !== 'run' && scope !== 'step') return undefined;
  const run = runs[about.runId];
  if (!run) return 'RUN_NOT_FOUND';
  return scope === 'run' || run.steps[about.stepId] ? undefined : 'STEP_NOT_FOUND';
}

function killAnswer(request: RequestOf<'kill'>, known: Known, about: About): string {
  const kill = known.kills[about.killId];
  const isSame = !kill || (kill.scope === request.scope && kill.named === namedBy(request, about));
  return missingFor(request, known, about) ?? (isSame ? OK : 'ID_REUSED');
}

function openAnswers(exchange: Exchange, { other }: RequestOf<'open'>, known: Known): readonly string[] {
  const session = known.sessions[SESSIONS[3]!];
  const plain = !session || session.tokenSha256 === otherToken(other) ? OK : 'SESSION_ALREADY_OPENED';
  const { may, must } = killsFor(exchange, known, exchange.about.agentId);
  return must ? ['KILLED'] : may ? [plain, 'KILLED'] : [plain];
}

/** What a request that is about neither a run nor an approval nor a schedule may be answered. */
export function answersOfOther(request: OtherRequest, exchange: Exchange, known: Known): readonly string[] {
  const { about } = exchange;
  switch (request.kind) {
    case 'open':
      return openAnswers(exchange, request, known);
    case 'revoke':
      return [known.sessions[sessionIdOf(request.session)] ? OK : 'SESSION_NOT_FOUND'];
    case 'revoke-grant':
      return [known.grants[about.grantId] ? OK : 'GRANT_NOT_FOUND'];
    case 'extend-pool':
      return [known.pools[about.poolId] ? OK : 'POOL_NOT_FOUND'];
    case 'kill':
      return [killAnswer(request, known, about)];
    case 'lift': {
      const kill = known.kills[about.killId];
      const isStanding = kill?.scope === 'agent' || kill?.scope === 'everything';
      return [isStanding ? OK : 'KILL_NOT_FOUND'];
    }
    case 'announce':
      return [request.what === 'foreign' ? 'CAPABILITY_NOT_OWNED' : OK];
  }
}

export const scheduleStateOf = ({ phase, nextAt, queued }: ModelSchedule): string =>
  phase === 'cancelled' ? 'cancelled' : nextAt === undefined && queued === undefined ? 'ended' : phase;

const isSameSchedule = (request: RequestOf<'create-schedule'>, { sessionId, definition }: ModelSchedule): boolean =>
  sessionId === SESSIONS[request.session] &&
  timetableOf(definition.spec) === request.timetable &&
  definition.overlap === request.overlap &&
  definition.misfire === request.misfire &&
  definition.onFailure === request.onFailure &&
  definition.maxOccurrences === request.most;

function createAnswers(
  exchange: Exchange,
  request: RequestOf<'create-schedule'>,
  { known, at }: Moment,
): readonly string[] {
  const schedule = known.schedules[exchange.about.scheduleId];
  if (schedule) return [isSameSchedule(request, schedule) ? OK : 'SCHEDULE_ALREADY_CREATED'];
  const session = known.sessions[SESSIONS[request.session]!]!;
  if (!session.isOpen) return ['SESSION_REVOKED'];
  const plain = dueAfter(request.timetable, at) === undefined ? 'SCHEDULE_INVALID' : OK;
  const { may, must } = killsFor(exchange, known, session.agentId);
  return must ? ['KILLED'] : may ? [plain, 'KILLED'] : [plain];
}

function changeAnswer(
  { timetable, overlap }: RequestOf<'change-schedule'>,
  { definition }: ModelSchedule,
  at: string,
): string {
  const isSame = timetableOf(definition.spec) === timetable && definition.overlap === overlap;
  return isSame || dueAfter(timetable, at) !== undefined ? OK : 'SCHEDULE_INVALID';
}

function occurrenceAnswers(
  schedule: ModelSchedule,
  { known }: Moment,
  { scheduleId, occurrence }: About,
): readonly string[] {
  const run = Object.values(known.runs).find(
    (one) => one.schedule?.scheduleId === scheduleId && one.schedule.occurrence === occurrence,
  );
  // Of a run that ended while it was being cancelled it is said that there is nothing left to cancel.
  if (occurrence !== undefined && run) return hasEnded(run) ? [OK, 'OCCURRENCE_NOT_FOUND'] : [OK];
  const state = scheduleStateOf(schedule);
  if (state === 'cancelled' || state === 'ended') return ['SCHEDULE_NOT_ACTIVE'];
  return [isThere(schedule, occurrence) ? OK : 'OCCURRENCE_NOT_FOUND'];
}

/** Whether this occurrence, or any, is to come or was taken out already. */
function isThere({ queued, nextAt, excluded, definition }: ModelSchedule, occurrence: string | undefined): boolean {
  const due: readonly string[] = TIMETABLES[timetableOf(definition.spec)!].due;
  const toCome = due.filter((one) => nextAt !== undefined && one >= nextAt && one <= (definition.until ?? '~'));
  const wanted = occurrence ?? queued ?? toCome.find((one) => !excluded.includes(one));
  return wanted !== undefined && [queued, ...excluded, ...toCome].includes(wanted);
}

/** What a request about a schedule may be answered. */
export function answersOfSchedule(request: ScheduleRequest, exchange: Exchange, moment: Moment): readonly string[] {
  if (request.kind === 'create-schedule') return createAnswers(exchange, request, moment);
  const schedule = moment.known.schedules[exchange.about.scheduleId];
  if (!schedule) return ['SCHEDULE_NOT_FOUND'];
  if (request.kind === 'cancel-occurrence') return occurrenceAnswers(schedule, moment, exchange.about);
  const state = scheduleStateOf(schedule);
  if (state === 'cancelled' && request.kind === 'cancel-schedule') return [OK];
  if (state === 'cancelled' || state === 'ended') return ['SCHEDULE_NOT_ACTIVE'];
  return request.kind === 'change-schedule' ? [changeAnswer(request, schedule, moment.at)] : [OK];
}
