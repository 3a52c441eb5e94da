import type { Predicate, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import { activeMs } from './budget.ts';
import { judge, type Judgement } from './predicates/judge.ts';
import { treeOf } from './predicates/predicate-tree.ts';
import type { RunCommand } from './run.commands.ts';
import { moveRefusal, notYourRun, overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import type { StartedRun } from './run.ts';
import { claimSubgoal } from './subgoal.decide.ts';
import { openSubgoals } from './subgoals.ts';

type Event = RunOrchestratorEvent;
type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>;

/** The agent says that the run's goal, or its current subgoal, is reached. Its word proves nothing: the predicate decides. */
export function claim(command: Of<'claim'>, run: StartedRun): RunDecision {
  const { subgoalId } = command;
  if (subgoalId !== undefined) return claimSubgoal({ ...command, subgoalId }, run);
  if (run.sessionId !== command.sessionId) return refuse(notYourRun);
  if (run.phase.state === 'done' || waitsForOperator(run)) return accept();
  if (run.phase.state === 'paused') return refuse(pausedRefusal(run));
  if (run.phase.state !== 'active') return refuse(overRefusal(run));
  const { by: claimedBy, note, at } = command;
  return accept<Event>({ type: 'run.claimed', data: { claimedBy, note, at } }, answerTo(command, run));
}

function answerTo({ by: claimedBy, pauseDeadlineAt: deadlineAt, at }: Of<'claim'>, run: StartedRun): Event {
  const wallClockUsedMs = activeMs(run.budget, at);
  const judgement = judgementOn(run);
  switch (judgement.verdict) {
    case 'asks-person':
      return { type: 'run.paused', data: { cause: 'operator', deadlineAt, wallClockUsedMs, at } };
    case 'unproven': {
      const { missing, unmet } = judgement;
      return { type: 'claim.refused', data: { claimedBy, code: 'CLAIM_NOT_PROVEN', missing, unmet: [...unmet], at } };
    }
    case 'proven': {
      const verifiedBy = `predicate:${run.predicate.kind}`;
      return { type: 'run.done', data: { verifiedBy, evidence: [...judgement.evidence], wallClockUsedMs, at } };
    }
  }
}

const judgementOn = (run: StartedRun): Judgement =>
  judge(run.predicate, { proof: run.proof, openSubgoals: openSubgoals(run) });

/** A person confirms what the agent claimed. What else the predicate asks for is judged again: steps may have ended in the meantime. */
export function complete({ by, reason, mover, at }: Of<'complete'>, run: StartedRun): RunDecision {
  if (run.phase.state === 'done') return accept();
  if (!waitsForOperator(run)) {
    const why =
      'a run is completed by hand only after its agent claimed completion and its predicate is, or holds, «manual»';
    return refuse(moveRefusal({ from: run.phase.state, to: 'done' }, mover, why));
  }
  const judgement = judgementOn(run);
  if (judgement.verdict === 'unproven') {
    const { missing, unmet } = judgement;
    const detail = `what was shown when the agent claimed is shown no more: ${missing}; let the run go on, or cancel it`;
    return refuse({ code: 'CLAIM_NOT_PROVEN', detail, errors: [...unmet] });
  }
  const data = { verifiedBy: by, evidence: [...judgement.evidence, reason], wallClockUsedMs: run.budget.usedMs, at };
  return accept<Event>({ type: 'run.done', data });
}

/** The agent claimed completion, and a person has to confirm it. */
const waitsForOperator = ({ phase, claimed, predicate }: StartedRun): boolean =>
  phase.state === 'paused' && phase.cause === 'operator' && claimed && asksPerson(predicate);

const asksPerson = (predicate: Predicate): boolean =>
  treeOf(predicate).leaves.some(({ predicate: { kind } }) => kind === 'manual');
