import { otherToken, reasonOf, sessionIdOf } from './answers-of-others.ts';
import { goalOf, startsAtOf } from './answers-of-runs.ts';
import { ANNOUNCEMENTS, ECHOING } from './capabilities.ts';
import { bodyOf, checkpointIdOf, extensionIdOf, pauseIdOf, signalIdOf, type About, type Exchange } from './exchange.ts';
import type { ModelApproval } from './known.ts';
import { EPOCH_MS } from './network.ts';
import type { Replica } from './replica.ts';
import {
  isOfApproval,
  isOfRun,
  isOfSchedule,
  type ApprovalRequest,
  type OtherRequest,
  type Request,
  type RequestOf,
  type RunRequest,
  type ScheduleRequest,
} from './requests.ts';
import {
  inputOf,
  OPERATOR,
  predicateOf,
  segmentOf,
  SESSIONS,
  STEPS,
  subgoalOf,
  SUBGOALS,
  TOKEN_SHA256,
  agentOfSession,
  JUDGED_BY,
} from './scene.ts';
import { TIMETABLES } from './timetable.ts';

type Answer = Exchange['reply'] & object;
type Operation = (message: never) => Promise<Answer>;
type Saying = { readonly operation: Operation; readonly data: object };
/** The approval as the approver sees it. */
type Shown = Pick<ModelApproval, 'digest' | 'statement'> | undefined;
export type Sending = { readonly request: Request; readonly about: About; readonly shown: Shown; readonly id: string };

const REASON = { reason: 'so it is' };

/** Sends a request to the operation that answers it. */
export function said(replica: Replica, { request, about, shown, id }: Sending): Promise<Answer> {
  const meta = { id, actor: actorOf(request, about), at: new Date(EPOCH_MS).toISOString() };
  const { operation, data } = sayingOf(replica, { request, about, shown, id });
  return operation({ data, meta, subject: `cmd.run-orchestrator.announce-capabilities.${ECHOING}` } as never);
}

const BY_AGENTS: readonly Request['kind'][] = ['step', 'claim', 'claim-subgoal', 'wait', 'checkpoint', 'hear', 'note'];
function actorOf(request: Request, { agentId }: About): { readonly kind: 'agent' | 'operator'; readonly id: string } {
  if (BY_AGENTS.includes(request.kind) || ('byAgent' in request && request.byAgent))
    return { kind: 'agent', id: agentId };
  return { kind: 'operator', id: 'by' in request ? request.by : OPERATOR };
}

function sayingOf(replica: Replica, { request, about, shown }: Sending): Saying {
  if (isOfApproval(request)) return ofApproval(replica, request, { about, shown });
  if (isOfSchedule(request)) return ofSchedule(replica, request, about);
  return isOfRun(request) ? ofRun(replica, request, about) : ofOther(replica, request, about);
}

function startOf(request: RequestOf<'start'>) {
  const { run, limit } = request;
  const startsAt = startsAtOf(request);
  const segmentSteps = segmentOf(run);
  return {
    ...{ goal: 'find out', budget: { steps: limit }, predicate: predicateOf(run) },
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(segmentSteps === undefined ? {} : { segmentSteps }),
    ...(JUDGED_BY[run] === 'subgoals' ? { subgoals: SUBGOALS.slice(0, 2).map((one) => subgoalOf(one)) } : {}),
  };
}

function ofRun(
  { runs, steps, lifecycle, notes }: Replica,
  request: RunRequest,
  { runId, sessionId, stepId, resumeAt }: About,
): Saying {
  const base = { runId };
  const own = { runId, sessionId };
  switch (request.kind) {
    case 'start':
      return { operation: runs.start, data: { ...own, ...startOf(request) } };
    case 'step': {
      const { step, other } = request;
      const asked = { stepId: step, capability: STEPS[step].capability, input: inputOf(step, other) };
      return { operation: steps.execute, data: { ...own, ...asked } };
    }
    case 'forward': {
      const { step, other, wrong } = request;
      const asked = { stepId: step, capability: STEPS[step].capability, input: inputOf(step, other) };
      return {
        operation: steps.executeForwarded,
        data: { ...base, ...asked, tokenSha256: wrong ? 'c'.repeat(64) : TOKEN_SHA256 },
      };
    }
    case 'pause':
      return {
        operation: lifecycle.pause,
        data: { ...base, pauseId: pauseIdOf('pause', request.id), cause: 'operator' },
      };
    case 'wait': {
      const { cause, name } = request;
      const waiting = cause === 'operator' ? { cause } : { cause, name };
      return { operation: lifecycle.pause, data: { ...own, pauseId: pauseIdOf('wait', request.id), ...waiting } };
    }
    case 'resume':
      return { operation: lifecycle.resume, data: { ...base, resumeId: pauseIdOf('resume', request.id) } };
    case 'signal':
      return {
        operation: lifecycle.signal,
        data: { ...base, signalId: signalIdOf(request.id), name: request.name, data: {} },
      };
    case 'checkpoint': {
      const { id, body, resume } = request;
      const on = resumeAt === undefined ? (resume === 'manual' ? resume : { event: resume }) : { at: resumeAt };
      return {
        operation: lifecycle.checkpoint,
        data: { ...own, checkpointId: checkpointIdOf(id), body: bodyOf(body), note: '', resume: on },
      };
    }
    case 'note':
      return { operation: notes.note, data: { ...own, key: request.key, value: request.value } };
    case 'acknowledge':
      return { operation: steps.acknowledge, data: { ...base, stepId, finding: request.finding, note: 'looked' } };
    case 'hear':
      return { operation: lifecycle.hear, data: own };
    case 'claim':
      return { operation: runs.claim, data: { ...own, note: 'done' } };
    case 'claim-subgoal':
      return { operation: runs.claim, data: { ...own, note: 'done', subgoalId: request.subgoal } };
    case 'add-subgoal':
      return {
        operation: runs.addSubgoals,
        data: { ...base, subgoals: [subgoalOf(request.subgoal, goalOf(request.other))] },
      };
    case 'extend':
      return { operation: runs.extend, data: { ...base, ...extensionOf(request.id, request.meter), ...REASON } };
    case 'complete':
      return { operation: runs.complete, data: { ...base, ...REASON } };
    case 'cancel':
      return { operation: runs.cancel, data: { ...base, ...REASON } };
  }
}

const extensionOf = (id: number, meter: 'steps' | 'wallClockMs') => ({
  ...{ extensionId: extensionIdOf(id), meter, delta: meter === 'steps' ? 1 : 60_000 },
});

type Seen = { readonly about: About; readonly shown: Shown };
function ofApproval({ approvals }: Replica, request: ApprovalRequest, { about, shown }: Seen): Saying {
  const { approvalId } = about;
  switch (request.kind) {
    case 'grant':
    case 'grant-more': {
      const { wrong } = request;
      const digest = wrong === 'digest' || !shown ? '0'.repeat(64) : shown.digest;
      const statement = wrong === 'statement' ? 'yes' : shown?.statement;
      const more =
        request.kind === 'grant-more'
          ? { standing: { uses: request.uses, until: about.until, match: ['method'] } }
          : {};
      return {
        operation: approvals.grant,
        data: { approvalId, digest, reason: reasonOf(request), statement, ...more },
      };
    }
    case 'deny':
      return { operation: approvals.deny, data: { approvalId, reason: 'no' } };
    case 'return':
      return { operation: approvals.giveBack, data: { approvalId, feedback: 'not so' } };
  }
}

function ofSchedule({ schedules }: Replica, request: ScheduleRequest, { scheduleId, occurrence }: About): Saying {
  const base = { scheduleId, ...REASON };
  switch (request.kind) {
    case 'create-schedule': {
      const { session, timetable, overlap, misfire, onFailure, most } = request;
      const { spec, until } = TIMETABLES[timetable];
      const template = { goal: 'look again', budget: { steps: 2 }, predicate: predicateOf(2) };
      const rules = {
        overlap,
        misfire,
        graceMs: 10_000,
        onFailure,
        until,
        ...(most === undefined ? {} : { maxOccurrences: most }),
      };
      return {
        operation: schedules.create,
        data: { scheduleId, sessionId: SESSIONS[session]!, spec, template, ...rules },
      };
    }
    case 'change-schedule': {
      const { spec, until } = TIMETABLES[request.timetable];
      return { operation: schedules.change, data: { scheduleId, spec, until, overlap: request.overlap } };
    }
    case 'cancel-occurrence':
      return {
        operation: schedules.cancelOccurrence,
        data: { ...base, ...(occurrence === undefined ? {} : { occurrence }) },
      };
    case 'pause-schedule':
      return { operation: schedules.pause, data: base };
    case 'resume-schedule':
      return { operation: schedules.resume, data: base };
    case 'cancel-schedule':
      return { operation: schedules.cancel, data: base };
  }
}

function ofOther(
  { sessions, kills, grants, pools, capabilities }: Replica,
  request: OtherRequest,
  about: About,
): Saying {
  switch (request.kind) {
    case 'open': {
      const opened = { sessionId: SESSIONS[3]!, agentId: agentOfSession(3), tokenSha256: otherToken(request.other) };
      return { operation: sessions.open, data: opened };
    }
    case 'revoke':
      return { operation: sessions.revoke, data: { sessionId: sessionIdOf(request.session), ...REASON } };
    case 'revoke-grant':
      return { operation: grants.revoke, data: { grantId: about.grantId, ...REASON } };
    case 'extend-pool':
      return {
        operation: pools.extend,
        data: { poolId: about.poolId, ...extensionOf(request.id, 'steps'), ...REASON },
      };
    case 'kill':
      return { operation: kills.pull, data: { killId: about.killId, target: targetOf(request, about), ...REASON } };
    case 'lift':
      return { operation: kills.lift, data: { killId: about.killId, ...REASON } };
    case 'announce':
      return { operation: capabilities.announce, data: { capabilities: ANNOUNCEMENTS[request.what] } };
  }
}

function targetOf({ scope }: RequestOf<'kill'>, { runId, stepId, sessionId, agentId }: About): object {
  return {
    step: { scope, runId, stepId },
    run: { scope, runId },
    session: { scope, sessionId },
    agent: { scope, agentId },
    everything: { scope },
  }[scope];
}
