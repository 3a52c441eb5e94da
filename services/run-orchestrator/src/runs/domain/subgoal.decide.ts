import { MAX_SUBGOALS, type Rejection, type RunOrchestratorEvent, type Subgoal } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import { judge, type Judgement } from './predicates/judge.ts';
import type { RunCommand } from './run.commands.ts';
import { notYourRun, overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import { isOver, type StartedRun } from './run.ts';
import { sortedJson } from './sorted-json.ts';
import { currentSubgoal, nextSubgoal, type SubgoalStatus } from './subgoals.ts';

type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>;
type Event = RunOrchestratorEvent;

/** Further subgoals, at the end of the queue. Those that are there already, with the same content, stay where they are. */
export function addSubgoals({ subgoals, mover, by, at }: Of<'add-subgoals'>, run: StartedRun): RunDecision {
  if (mover !== 'operator') {
    return refuse({ code: 'ROLE_REQUIRED', detail: `${mover} cannot give a run subgoals; ask an operator` });
  }
  const known = new Map((run.subgoals ?? []).map((subgoal) => [subgoal.subgoalId, subgoal]));
  const other = subgoals.find((asked) => isOther(asked, known.get(asked.subgoalId)));
  if (other) return refuse(reusedId(other.subgoalId));
  const added = subgoals.filter(({ subgoalId }) => !known.has(subgoalId));
  if (added.length === 0) return accept();
  if (isOver(run)) return refuse(overRefusal(run));
  if (known.size + added.length > MAX_SUBGOALS) return refuse(full);
  return accept(...added.map((subgoal): Event => ({ type: 'subgoal.added', data: { ...subgoal, addedBy: by, at } })));
}

/** Whether two lists ask for the same subgoals in the same order. A goal that was erased is not held against them. */
export const areSameSubgoals = (asked: readonly Subgoal[], known: readonly SubgoalStatus[]): boolean =>
  asked.length === known.length && asked.every((subgoal, at) => !isOther(subgoal, known[at]));

function isOther(asked: Subgoal, known: SubgoalStatus | undefined): boolean {
  if (!known) return false;
  const { subgoalId, goal, predicate, budget } = known;
  const isSameGoal = known.isGoalErased === true || goal === asked.goal;
  const same = [subgoalId === asked.subgoalId, isSameGoal, budget?.steps === asked.budget?.steps];
  return !same.every(Boolean) || sortedJson(predicate) !== sortedJson(asked.predicate);
}

/** The agent says that the current subgoal is reached: its predicate decides, over the steps since it was taken up. */
export function claimSubgoal(command: Of<'claim'> & { readonly subgoalId: string }, run: StartedRun): RunDecision {
  const { subgoalId, by: claimedBy, note, at } = command;
  if (run.sessionId !== command.sessionId) return refuse(notYourRun);
  const subgoal = run.subgoals?.find((one) => one.subgoalId === subgoalId);
  if (!subgoal) return refuse(noSuchSubgoal(subgoalId));
  if (subgoal.state === 'done') return accept();
  if (run.phase.state === 'paused') return refuse(pausedRefusal(run));
  if (isOver(run)) return refuse(overRefusal(run));
  if (subgoal.state === 'queued') return refuse(notCurrent(subgoalId, currentSubgoal(run)));
  const claimed: Event = { type: 'subgoal.claimed', data: { subgoalId, claimedBy, note, at } };
  return accept<Event>(claimed, answerTo(command, subgoal, judgedIdle(subgoal, run)));
}

function answerTo(
  { by: claimedBy, at }: Of<'claim'>,
  { subgoalId, predicate }: SubgoalStatus,
  judgement: Judgement,
): Event {
  if (judgement.verdict === 'proven') {
    const verifiedBy = `predicate:${predicate.kind}`;
    return { type: 'subgoal.done', data: { subgoalId, verifiedBy, evidence: [...judgement.evidence], at } };
  }
  const [missing, unmet] = judgement.verdict === 'unproven' ? [judgement.missing, judgement.unmet] : [NO_PERSON, []];
  return { type: 'subgoal.refused', data: { subgoalId, claimedBy, missing, unmet: [...unmet], at } };
}

const NO_PERSON = 'nobody can confirm a subgoal';

/** A subgoal is judged while nothing is under way, so that no step belongs to two subgoals. */
function judgedIdle({ predicate }: SubgoalStatus, { subgoalProof, openSteps }: StartedRun): Judgement {
  if (openSteps === 0) return judge(predicate, { proof: subgoalProof ?? [], openSubgoals: undefined });
  const message = `${openSteps} step(s) are under way: a subgoal is done once they have ended`;
  return { verdict: 'unproven', missing: message, unmet: [{ path: 'steps', message }] };
}

/** The subgoal that these events make the current one: the next in the queue, once nothing is under way. */
export function takenUp(run: StartedRun, at: string): readonly Event[] {
  const next = isOver(run) || run.openSteps > 0 ? undefined : nextSubgoal(run);
  return next ? [{ type: 'subgoal.started', data: { subgoalId: next.subgoalId, at } }] : [];
}

const noSuchSubgoal = (subgoalId: string): Rejection => ({
  code: 'SUBGOAL_NOT_FOUND',
  detail: `this run has no subgoal ${subgoalId}; read the run for those that it has`,
});
const notCurrent = (subgoalId: string, current: SubgoalStatus | undefined): Rejection => ({
  code: 'SUBGOAL_NOT_CURRENT',
  detail: `${subgoalId} waits for its turn; ${current ? `claim ${current.subgoalId} first` : 'it comes up once no step is under way'}`,
});
const reusedId = (subgoalId: string): Rejection => ({
  code: 'SUBGOAL_ID_REUSED',
  detail: `${subgoalId} stands for a subgoal with other content; use another id`,
});
const full: Rejection = {
  code: 'SUBGOALS_FULL',
  detail: `a run has at most ${MAX_SUBGOALS} subgoals; start another run`,
};
