import { takesOurSteps } from './capabilities.ts';
import { doneBy, extensionIdOf, OK, type About, type Exchange, type Moment } from './exchange.ts';
import {
  hasEnded,
  isNoted,
  isOver,
  isShown,
  isSubgoalShown,
  reaches,
  waitsForApproval,
  waitsForPerson,
  type Known,
  type ModelRun,
} from './known.ts';
import type { RequestOf, RunRequest } from './requests.ts';
import { contentOf, inputOf, STEPS } from './scene.ts';
import { EPOCH_MS } from './network.ts';

export const LATER_MS = 40_000;
export const startsAtOf = ({ later, run }: RequestOf<'start'>): string | undefined =>
  later && run === 1 ? new Date(EPOCH_MS + LATER_MS).toISOString() : undefined;

/** Whether this start asks for the run that there is. */
export function isSameStart(request: RequestOf<'start'>, run: ModelRun): boolean {
  const asked = startsAtOf(request);
  const wasPast = run.startsAt === undefined && asked !== undefined && asked <= run.startedAt;
  return run.limit === request.limit && (run.startsAt === asked || wasPast);
}

function startAnswer(request: RequestOf<'start'>, known: Known, { runId, sessionId }: About): string {
  const run = known.runs[runId];
  if (run) return isSameStart(request, run) ? OK : 'RUN_ALREADY_STARTED';
  const session = known.sessions[sessionId];
  if (!session) return 'SESSION_NOT_FOUND';
  if (!session.isOpen) return 'SESSION_REVOKED';
  return session.runId === undefined ? OK : 'SESSION_BUSY';
}

type StepRequest = RequestOf<'step' | 'forward'>;
const isSameStep = ({ step: name, other }: StepRequest, run: ModelRun | undefined): boolean =>
  run?.steps[name]?.content === contentOf(inputOf(name, other));

function stepAnswer(request: StepRequest, run: ModelRun | undefined): string {
  if (!run) return 'RUN_NOT_FOUND';
  if (run.steps[request.step]) return isSameStep(request, run) ? OK : 'STEP_ID_REUSED';
  if (isOver(run)) return 'RUN_NOT_ACTIVE';
  if (run.state === 'paused') return 'RUN_PAUSED';
  return run.segment && run.segment.used >= run.segment.limit ? 'SEGMENT_ENDED' : OK;
}

function claimAnswer(run: ModelRun): string {
  if (run.state === 'done' || waitsForPerson(run)) return OK;
  if (run.state === 'paused') return 'RUN_PAUSED';
  if (run.state !== 'active') return 'RUN_NOT_ACTIVE';
  return run.judgedBy === 'manual' || isShown(run) ? OK : 'CLAIM_NOT_PROVEN';
}

function claimOfSubgoal(run: ModelRun, subgoalId: string): string {
  const subgoal = run.subgoals?.find((one) => one.subgoalId === subgoalId);
  if (!subgoal) return 'SUBGOAL_NOT_FOUND';
  if (subgoal.state === 'done') return OK;
  if (run.state === 'paused') return 'RUN_PAUSED';
  if (isOver(run)) return 'RUN_NOT_ACTIVE';
  if (subgoal.state === 'queued') return 'SUBGOAL_NOT_CURRENT';
  return isSubgoalShown(run, subgoalId) ? OK : 'CLAIM_NOT_PROVEN';
}

export const goalOf = (other: boolean): string => (other ? 'another part' : 'a part of it');
function addAnswer({ subgoal, other, byAgent }: RequestOf<'add-subgoal'>, run: ModelRun): string {
  if (byAgent) return 'ROLE_REQUIRED';
  const known = run.subgoals?.find((one) => one.subgoalId === subgoal);
  if (known) return known.goal === goalOf(other) ? OK : 'SUBGOAL_ID_REUSED';
  return isOver(run) ? 'RUN_NOT_ACTIVE' : OK;
}

function extendAnswer({ id, byAgent }: RequestOf<'extend'>, run: ModelRun): string {
  if (run.extensions.includes(extensionIdOf(id))) return OK;
  if (byAgent) return 'BUDGET_EXTENSION_REFUSED';
  if (isOver(run)) return 'RUN_NOT_ACTIVE';
  return run.state === 'paused' && run.cause === 'budget' ? 'RUN_PAUSED' : OK;
}

function resumeAnswer(run: ModelRun): string {
  if (isOver(run)) return 'RUN_NOT_ACTIVE';
  return run.state === 'paused' && !waitsForApproval(run) ? OK : 'RUN_TRANSITION_REFUSED';
}

const begins = (run: ModelRun): string => (isOver(run) ? 'RUN_NOT_ACTIVE' : run.state === 'paused' ? 'RUN_PAUSED' : OK);

/** What is answered to something that is done once under an id of its own. */
function answerOnce(
  request: RequestOf<'pause' | 'resume' | 'wait' | 'signal' | 'checkpoint'>,
  run: ModelRun,
  late: boolean,
): string {
  const [id, what] = doneBy(request)!;
  if (request.kind === 'wait' && request.cause === 'operator') return 'RUN_TRANSITION_REFUSED';
  const done = run.done[id];
  if (done !== undefined) return done === what ? OK : 'ID_REUSED';
  if (request.kind === 'resume') return resumeAnswer(run);
  if (request.kind === 'signal') return isOver(run) ? 'RUN_NOT_ACTIVE' : OK;
  const refusal = begins(run);
  return refusal === OK && late ? 'PAUSE_REFUSED' : refusal;
}

/** What a request about a run is answered at this moment, by a simple reading of the promises; kills and capabilities aside. */
export function answerOfRun(request: RunRequest, { known, at }: Moment, about: About): string {
  if (request.kind === 'start') return startAnswer(request, known, about);
  const run = known.runs[about.runId];
  if (request.kind === 'step' || request.kind === 'forward') return stepAnswer(request, run);
  if (!run) return 'RUN_NOT_FOUND';
  if (request.kind === 'acknowledge') return acknowledgeAnswer(request, run, about.stepId);
  return answerOfStarted(request, run, about.resumeAt !== undefined && at >= about.resumeAt);
}

function noteAnswer({ key, value }: RequestOf<'note'>, run: ModelRun): string {
  return isNoted(run, key, value) ? OK : begins(run);
}

function acknowledgeAnswer({ finding }: RequestOf<'acknowledge'>, run: ModelRun, stepId: string): string {
  const step = run.steps[stepId];
  if (!step) return 'STEP_NOT_FOUND';
  if (step.state !== 'unknown') return 'STEP_OUTCOME_KNOWN';
  return step.finding === undefined || step.finding === finding ? OK : 'STEP_ALREADY_ACKNOWLEDGED';
}

const completeAnswer = (run: ModelRun): string =>
  run.state === 'done' || waitsForPerson(run) ? OK : 'RUN_TRANSITION_REFUSED';
const cancelAnswer = (run: ModelRun): string =>
  hasEnded(run) && run.state !== 'cancelled' ? 'RUN_TRANSITION_REFUSED' : OK;
const hearAnswer = (run: ModelRun): string => (isOver(run) ? 'RUN_NOT_ACTIVE' : OK);

type OfStarted = Exclude<RunRequest, RequestOf<'start' | 'step' | 'forward' | 'acknowledge'>>;
function answerOfStarted(request: OfStarted, run: ModelRun, late: boolean): string {
  switch (request.kind) {
    case 'claim':
      return claimAnswer(run);
    case 'claim-subgoal':
      return claimOfSubgoal(run, request.subgoal);
    case 'add-subgoal':
      return addAnswer(request, run);
    case 'extend':
      return extendAnswer(request, run);
    case 'hear':
      return hearAnswer(run);
    case 'note':
      return noteAnswer(request, run);
    case 'complete':
      return completeAnswer(run);
    case 'cancel':
      return cancelAnswer(run);
    default:
      return answerOnce(request, run, late);
  }
}

/** Kills that stand, those that the replica knows of for certain, and those that were lifted without its knowledge. */
export function killsFor({ heard }: Exchange, known: Known, agentId: string) {
  const kills = Object.entries(known.kills);
  const standing = kills.filter(([, kill]) => reaches(kill, agentId));
  const believed = kills.filter(
    ([id, kill]) =>
      kill.state === 'lifted' && reaches({ ...kill, state: 'pulled' }, agentId) && !heard.has(`${id} lifted`),
  );
  return {
    may: standing.length + believed.length > 0,
    must: standing.some(([id]) => heard.has(id)),
  };
}

/** What a start or a step may be answered while kills are known here and not yet there. */
export function answersUnderKills(exchange: Exchange, moment: Moment): readonly string[] {
  const { request, about } = exchange;
  const { runId, agentId } = about;
  const plain = answerOfRun(request as RunRequest, moment, about);
  const run = moment.known.runs[runId];
  const isKnown =
    request.kind === 'start' ? run !== undefined && isSameStart(request, run) : isSameStep(request as StepRequest, run);
  const { may, must } = killsFor(exchange, moment.known, agentId);
  if (isKnown || !may) return [plain];
  // A predicate or a session that is not there is found before a kill is looked for.
  if (must && plain !== 'SESSION_NOT_FOUND') return ['KILLED'];
  return [plain, 'KILLED'];
}

/** What is said of the capability of a step at this moment; undefined when the step is looked at further. */
function capabilityRefusal({ step }: StepRequest, known: Known): string | undefined {
  const capability = known.capabilities[STEPS[step].capability];
  if (!capability || capability.isRemoved) return 'CAPABILITY_UNKNOWN';
  return takesOurSteps(capability.version) ? undefined : 'CAPABILITY_INPUT_INVALID';
}

const isHolder = ({ wrong }: RequestOf<'forward'>, { known, about }: { known: Known; about: About }): boolean => {
  const run = known.runs[about.runId];
  return !wrong && run !== undefined && known.sessions[run.sessionId]?.isOpen === true;
};

/** What a step may be answered. `before`: moments of the second before it was sent; so long a replica may not know what providers announced. */
export function answersToStep(
  exchange: Exchange,
  window: readonly Moment[],
  before: readonly Moment[],
): readonly string[] {
  const request = exchange.request as StepRequest;
  const { about } = exchange;
  const refusals = new Set([...before, ...window].map(({ known }) => capabilityRefusal(request, known)));
  const isKnown = window.map(({ known }) => isSameStep(request, known.runs[about.runId]));
  const codes = [...refusals].filter((code) => code !== undefined);
  const answers = [
    ...(refusals.has(undefined) ? window.flatMap((moment) => answersUnderKills(exchange, moment)) : []),
    ...(isKnown.includes(false) ? codes : []),
    ...(codes.length > 0 && isKnown.includes(true) ? [OK] : []),
  ];
  return [...new Set(request.kind === 'forward' ? asHolder(answers, request, { window, about }) : answers)];
}

type Seen = { readonly window: readonly Moment[]; readonly about: About };
function asHolder(
  answers: readonly string[],
  request: RequestOf<'forward'>,
  { window, about }: Seen,
): readonly string[] {
  const holds = window.map(({ known }) => isHolder(request, { known, about }));
  return [...(holds.includes(true) ? answers : []), ...(holds.includes(false) ? ['CREDENTIAL_INVALID'] : [])];
}
