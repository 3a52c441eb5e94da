import type { DataOf, Journal, Rules } from '../journal.ts';
import {
  becomes,
  currentOf,
  kindOf,
  limitOf,
  mayRepeat,
  reservedOf,
  type ModelApproval,
  type ModelStep,
} from '../known.ts';
import { contentOf } from '../scene.ts';

type Ended = { stepId: string; attempt: number; at: string; rejection?: { code: string } };

/** Steps: taken once, decided as policy and budget say, begun with what they need, ended once. */
export function stepRules(journal: Journal): Rules {
  const { at, check, due, get, run, setRun, setStep } = journal;
  const mayBecome = (stepId: string, what: string): boolean => {
    const may = due.get(stepId)?.split(' ') ?? [];
    due.delete(stepId);
    return may.includes(what);
  };
  /** The capability that had this form, now or once. */
  const withForm = (digest = '') =>
    Object.values(at.known.capabilities).find(({ digests }) => digests.includes(digest));

  function requested(data: DataOf<'step.requested'>, position: number) {
    const { stepId, capability, capabilityDigest, input, at: now } = data;
    const before = run();
    const isNew = before?.state === 'active' && !(stepId in before.steps);
    check(isNew, `step ${stepId} was taken by a run that is not active, or twice`);
    if (!before) return;
    const { limit = Infinity, used = 0 } = before.segment ?? {};
    check(used < limit, `step ${stepId} was taken beyond the segment of ${limit}`);
    check(withForm(capabilityDigest) !== undefined, `step ${stepId} was checked by no form of ${capability}`);
    due.set(stepId, becomes(before, stepId, now).join(' '));
    const subgoal = currentOf(before);
    const step: ModelStep = {
      ...{ content: contentOf(input), state: 'requested', attempt: 0, isReserved: false },
      ...{ requestedAt: position, position },
      ...(subgoal ? { subgoalId: subgoal.subgoalId } : {}),
    };
    setRun({ steps: { ...before.steps, [stepId]: step } });
  }

  function ended(state: ModelStep['state'], { stepId, attempt, rejection }: Ended, position: number): void {
    const step = run()?.steps[stepId];
    check(step?.state === 'started' && step.attempt === attempt, `step ${stepId}, ${step?.state}, ended as ${state}`);
    setStep(stepId, { state, position, endedAt: position, ...(rejection ? { code: rejection.code } : {}) });
  }

  function begun({ stepId, approvalId, grantId }: DataOf<'step.started'>, step: ModelStep | undefined): void {
    const isHeld = step?.state === 'held';
    const isRightly = isHeld ? grantId === undefined : mayBecome(stepId, grantId === undefined ? 'started' : 'granted');
    check(isRightly, `step ${stepId}, ${step?.state}, was started against the rules`);
    check(step?.approvalId === approvalId, `step ${stepId} started by approval ${approvalId}`);
    if (grantId !== undefined) due.set(`use of ${grantId}`, `${at.stream}/${stepId}`);
    if (isHeld && approvalId !== undefined) due.set(approvalId, 'consumed');
  }

  function started(data: DataOf<'step.started'>, position: number): void {
    const { stepId, attempt, grantId } = data;
    const before = run();
    const step = before?.steps[stepId];
    if (attempt === 1) begun(data, step);
    else check(before !== undefined && mayRepeat(before, stepId, attempt), `step ${stepId} was repeated`);
    setStep(stepId, {
      ...{ state: 'started', attempt, position, beganAt: step?.beganAt ?? position },
      ...(grantId === undefined ? {} : { grantId }),
    });
  }

  function denied({ stepId, rejection: { code } }: DataOf<'step.denied'>, position: number): void {
    const step = run()?.steps[stepId];
    const isHeld = step?.state === 'held';
    const approval = isHeld ? get('approvals', step.approvalId) : undefined;
    // What ends a step that was held a moment before is sealed ahead of its approval.
    const isRightly = isHeld ? mayEndHeld(code, stepId) || mayRefuseHeld(approval, code) : mayBecome(stepId, code);
    check(isRightly, `step ${stepId}, ${step?.state}, was denied with ${code}`);
    if (isHeld && code === 'RUN_NOT_ACTIVE') due.set(`end of ${at.stream}`, 'over');
    setStep(stepId, { state: 'denied', code, position, endedAt: position });
  }

  const mayEndHeld = (code: string, stepId: string): boolean =>
    code === 'RUN_NOT_ACTIVE' ||
    (code === 'KILLED' && Object.values(at.known.kills).some(({ named }) => named === `${at.stream}/${stepId}`));

  /** Whether what became of the approval, or of what it is bound to, is a reason. */
  function mayRefuseHeld(approval: ModelApproval | undefined, code: string): boolean {
    if (!approval) return false;
    const { state, capabilityDigest, extension } = approval;
    const isForMore = extension !== undefined;
    switch (code) {
      case isForMore ? 'BUDGET_EXTENSION_DENIED' : 'APPROVAL_DENIED':
        return state === 'denied';
      case isForMore ? 'BUDGET_EXTENSION_EXPIRED' : 'APPROVAL_EXPIRED':
        return state === 'expired';
      case 'APPROVAL_RETURNED':
        return state === 'returned';
      case 'APPROVAL_CAPABILITY_CHANGED':
      case 'APPROVAL_CONTENT_ERASED': {
        const { digests = [], isRemoved = false } = withForm(capabilityDigest) ?? {};
        return isRemoved || digests.length > 1;
      }
      default:
        return state === 'granted' && code.startsWith('BUDGET_');
    }
  }

  return {
    'step.requested': requested,
    'policy.decided': ({ stepId, verdict }) =>
      check(kindOf(stepId).verdict === verdict, `policy said ${verdict} to ${stepId}`),
    'budget.reserved': ({ stepId, steps, at: now }) => {
      const before = run()!;
      const isWithin = before.used + reservedOf(before) < limitOf(before);
      check(steps === 1 && isWithin, `step ${stepId} was begun beyond the limit of ${limitOf(before)}`);
      const { segment, subgoals } = before;
      const counted = subgoals?.map((one) => (one.state === 'active' ? { ...one, used: one.used + 1 } : one));
      setRun({ heardAt: now, segment: segment && { ...segment, used: segment.used + 1 }, subgoals: counted });
      setStep(stepId, { isReserved: true });
    },
    'budget.settled': ({ stepId, steps, at: now }) => {
      const isReserved = run()?.steps[stepId]?.isReserved === true;
      check(isReserved && steps === 1, `step ${stepId} was charged without being reserved`);
      setStep(stepId, { isReserved: false });
      setRun({ used: run()!.used + steps, heardAt: now });
    },
    'budget.warned': () => undefined,
    'step.started': started,
    'step.held': ({ stepId, approvalId }, position) => {
      check(mayBecome(stepId, 'held'), `step ${stepId} was held against the rules`);
      setStep(stepId, { state: 'held', approvalId, position });
      due.set(`request of ${approvalId}`, 'requested');
    },
    'step.denied': denied,
    'step.succeeded': (data, position) => ended('succeeded', data, position),
    'step.failed': (data, position) => ended('failed', data, position),
    'step.unknown': (data, position) => ended('unknown', data, position),
    'step.acknowledged': ({ stepId, finding }) => {
      const step = run()?.steps[stepId];
      check(step?.state === 'unknown', `step ${stepId}, ${step?.state}, was acknowledged`);
      check(step?.finding === undefined, `step ${stepId} was acknowledged twice`);
      setStep(stepId, { finding });
    },
    'step.killed': ({ stepId, killId }, position) => {
      check(run()?.steps[stepId]?.state === 'started', `step ${stepId} was stopped, and it was not under way`);
      check(get('kills', killId)?.named === `${at.stream}/${stepId}`, `step ${stepId} was stopped by a kill of others`);
      setStep(stepId, { isKilled: true, position });
    },
  };
}
