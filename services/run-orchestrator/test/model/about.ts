import { killIdOf, type About } from './exchange.ts';
import type { Known, ModelRun } from './known.ts';
import { NEWEST_OF_SCHEDULE, type Request, type RequestOf } from './requests.ts';
import { agentOfSession, anId, RUNS, SESSIONS, sessionOfRun } from './scene.ts';
import { TIMETABLES, timetableOf } from './timetable.ts';

/** Ids of what nobody ever made. */
const NO_GRANT = anId('grant', 9);
const NO_POOL = anId('pool', 9);

/** The newest first; undefined when there is none. */
function nth(of: object, index: number): string | undefined {
  const ids = Object.keys(of).reverse();
  return ids[index % Math.max(1, ids.length)];
}

function runIn(request: Request, { runs }: Known): string {
  const index = 'run' in request ? request.run : 0;
  const ofSchedule = Object.values(runs).findLast(({ schedule }) => schedule !== undefined)?.runId;
  return (index === NEWEST_OF_SCHEDULE ? ofSchedule : RUNS[index]) ?? RUNS[0]!;
}

function whose(runId: string, { runs, sessions }: Known) {
  const sessionId = runs[runId]?.sessionId ?? sessionOfRun(Math.max(0, RUNS.indexOf(runId)));
  return { sessionId, agentId: sessions[sessionId]?.agentId ?? agentOfSession(SESSIONS.indexOf(sessionId)) };
}

function occurrenceIn({ which }: RequestOf<'cancel-occurrence'>, scheduleId: string, { schedules }: Known) {
  const spec = schedules[scheduleId]?.definition.spec;
  const due: readonly string[] = TIMETABLES[(spec && timetableOf(spec)) ?? 'every-45-s'].due;
  return which === 'next' ? undefined : due[which % due.length];
}

/** Its steps whose outcome nobody knows, if there are any, else all. */
function acknowledgeable(run: ModelRun | undefined): object {
  const { steps = {} } = run ?? {};
  const unknown = Object.entries(steps).filter(([, { state }]) => state === 'unknown');
  return unknown.length > 0 ? Object.fromEntries(unknown) : steps;
}

/** What a request names besides, by what there is when it is sent. */
function named(request: Request, { runs, approvals, grants, pools, kills }: Known, runId: string): Partial<About> {
  switch (request.kind) {
    case 'grant':
    case 'grant-more':
    case 'deny':
    case 'return':
      return { approvalId: nth(approvals, request.pick) };
    case 'revoke-grant':
      return { grantId: nth(grants, request.nth) ?? NO_GRANT };
    case 'extend-pool':
      return { poolId: nth(pools, request.nth) ?? NO_POOL };
    case 'kill':
      return { killId: killIdOf(request.id), stepId: nth(runs[runId]?.steps ?? {}, request.nth) ?? 'none' };
    case 'acknowledge':
      return { stepId: nth(acknowledgeable(runs[runId]), request.nth) ?? 'none' };
    case 'lift':
      return { killId: nth(kills, request.nth) ?? killIdOf(9) };
    default:
      return {};
  }
}

/** Instants that a request names are so long after it was sent. */
function until(request: Request, nowMs: number): Partial<About> {
  const inMs = (ms: number): string => new Date(nowMs + ms).toISOString();
  if (request.kind === 'grant-more') return { until: inMs(request.forMs) };
  const resumesAt = request.kind === 'checkpoint' && typeof request.resume === 'number';
  return resumesAt ? { resumeAt: inMs(request.resume as number) } : {};
}

/** What a request that is sent now is about. */
export function aboutOf(request: Request, known: Known, nowMs: number): About {
  const runId = runIn(request, known);
  const scheduleId = anId('schedule', 'schedule' in request ? request.schedule + 1 : 1);
  const isOfOne = request.kind === 'cancel-occurrence';
  return {
    ...{ runId, scheduleId, ...whose(runId, known) },
    ...{ grantId: NO_GRANT, poolId: NO_POOL, killId: killIdOf(9), stepId: 'none' },
    ...(isOfOne ? { occurrence: occurrenceIn(request, scheduleId, known) } : {}),
    ...named(request, known, runId),
    ...until(request, nowMs),
  };
}
