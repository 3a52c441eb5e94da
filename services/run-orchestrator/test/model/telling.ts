import { isDecisionOf, namedBy, scheduleStateOf, sessionIdOf } from './answers-of-others.ts';
import { isSameStart } from './answers-of-runs.ts';
import { doneBy, extensionIdOf, type About, type Exchange } from './exchange.ts';
import {
  isOver,
  limitOf,
  reservedOf,
  type Known,
  type ModelCapability,
  type ModelGrant,
  type ModelKill,
  type ModelPool,
  type ModelRun,
  type ModelStep,
} from './known.ts';
import {
  isOfApproval,
  isOfRun,
  isOfSchedule,
  type OtherRequest,
  type RequestOf,
  type RunRequest,
  type ScheduleRequest,
} from './requests.ts';
import { contentOf, ECHO, inputOf, SESSIONS, type StepName } from './scene.ts';

type Told = {
  readonly state: string;
  readonly attempt?: number;
  readonly position: number;
  readonly rejection?: { readonly code: string };
  readonly budget?: { readonly steps: { readonly limit: number; readonly used: number; readonly reserved: number } };
  readonly used?: number;
  readonly fired?: number;
  readonly value?: string;
  readonly finding?: string;
  readonly given?: { readonly steps?: number };
  readonly extended?: { readonly steps?: number };
  readonly capabilities?: readonly { readonly id: string; readonly digest: string }[];
};

/** Whether an answer tells what the model knows: what was asked for has happened, and what is told of it was so at one moment. */
export function tellsTruth({ request, reply, about }: Exchange, known: Known): boolean {
  if (!reply?.ok) return true;
  const told = reply.value as Told;
  if (isOfApproval(request)) {
    const approval = known.approvals[about.approvalId ?? ''];
    return approval !== undefined && isDecisionOf(request, approval);
  }
  if (isOfSchedule(request)) return tellsSchedule(told, request, { known, about });
  if (!isOfRun(request)) return tellsOther(told, request, { known, about });
  return tellsOfRun(told, request, { known, about });
}

function tellsOfRun(told: Told, request: RunRequest, { known, about }: Within): boolean {
  const run = known.runs[about.runId];
  if (run === undefined) return false;
  if (request.kind === 'note') return tellsNote(told, run.notes[request.key], request.value);
  if (request.kind === 'acknowledge') return tellsFinding(told, run.steps[about.stepId], request.finding);
  return hasHappened(request, run) && tellsRun(told, run, request);
}

type OfLife = Exclude<RunRequest, RequestOf<'note' | 'acknowledge'>>;
const tellsNote = ({ value, position }: Told, note: ModelRun['notes'][string] | undefined, wanted: string): boolean =>
  note?.value === wanted && value === wanted && position === note.position;
/** A finding tells what a person saw, and changes nothing of the outcome. */
const tellsFinding = ({ state, finding }: Told, step: ModelStep | undefined, wanted: string): boolean =>
  step?.state === 'unknown' && state === 'unknown' && step.finding === wanted && finding === wanted;

const tellsRun = (told: Told, run: ModelRun, request: OfLife): boolean =>
  tellsBudget(told, run) &&
  (request.kind === 'step' || request.kind === 'forward'
    ? tellsStep(told, run, request.step)
    : told.state === run.state);

const tellsBudget = ({ budget }: Told, run: ModelRun): boolean =>
  budget?.steps.limit === limitOf(run) && budget.steps.used === run.used && budget.steps.reserved === reservedOf(run);

function tellsStep({ state, attempt, rejection, position }: Told, run: ModelRun, name: StepName): boolean {
  const step = run.steps[name];
  if (step?.state !== state || step.attempt !== attempt || step.position !== position) return false;
  return state === 'unknown' ? rejection?.code === 'STEP_OUTCOME_UNKNOWN' : rejection?.code === step.code;
}

function hasHappened(request: OfLife, run: ModelRun): boolean {
  switch (request.kind) {
    case 'start':
      return isSameStart(request, run);
    case 'step':
    case 'forward':
      return run.steps[request.step]?.content === contentOf(inputOf(request.step, request.other));
    case 'claim':
      return run.isClaimed;
    case 'claim-subgoal':
      return run.subgoals?.find(({ subgoalId }) => subgoalId === request.subgoal)?.state === 'done';
    case 'add-subgoal':
      return run.subgoals?.some(({ subgoalId }) => subgoalId === request.subgoal) === true;
    case 'extend':
      return run.extensions.includes(extensionIdOf(request.id));
    case 'complete':
      return run.state === 'done';
    case 'cancel':
      return run.state === 'cancelled';
    case 'hear':
      return !isOver(run);
    default: {
      const [id, what] = doneBy(request)!;
      return run.done[id] === what;
    }
  }
}

type Within = { readonly known: Known; readonly about: About };
function tellsSchedule(told: Told, request: ScheduleRequest, { known, about }: Within): boolean {
  const schedule = known.schedules[about.scheduleId];
  if (!schedule || told.fired !== schedule.fired.length || told.state !== scheduleStateOf(schedule)) return false;
  return request.kind !== 'cancel-schedule' || schedule.phase === 'cancelled';
}

function tellsOther(told: Told, request: OtherRequest, { known, about }: Within): boolean {
  switch (request.kind) {
    case 'open':
      return (told.state === 'open') === known.sessions[SESSIONS[3]!]?.isOpen;
    case 'revoke':
      return told.state === 'revoked' && known.sessions[sessionIdOf(request.session)]?.isOpen === false;
    case 'revoke-grant':
      return tellsGrant(told, known.grants[about.grantId]);
    case 'extend-pool':
      return tellsPool(told, known.pools[about.poolId], extensionIdOf(request.id));
    case 'kill':
      return tellsKill(told, known.kills[about.killId], namedBy(request, about));
    case 'lift':
      return told.state === 'lifted' && known.kills[about.killId]?.state === 'lifted';
    case 'announce':
      return tellsForms(told, known.capabilities[ECHO]);
  }
}

const tellsGrant = (told: Told, grant: ModelGrant | undefined): boolean =>
  grant !== undefined && grant.state !== 'live' && told.state === grant.state && told.used === grant.used;

const tellsPool = (told: Told, pool: ModelPool | undefined, extensionId: string): boolean =>
  pool !== undefined &&
  (told.given?.steps ?? 0) === pool.given &&
  (told.extended?.steps ?? 0) === pool.extended &&
  pool.extensions.includes(extensionId);

/** It is answered once it has stopped what it names. */
const tellsKill = (told: Told, kill: ModelKill | undefined, named: string): boolean =>
  kill?.named === named && kill.state === told.state && told.state !== 'pulled';

const tellsForms = ({ capabilities }: Told, known: ModelCapability | undefined): boolean =>
  capabilities?.every(({ id, digest }) => id === ECHO && known?.digests.includes(digest)) === true;
