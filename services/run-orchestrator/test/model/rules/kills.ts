import type { DataOf, Journal, Rules } from '../journal.ts';
import { hasEnded, type ModelKill } from '../known.ts';

/** The kill switch: what it names is stopped by the time that it says so. And what providers offer. */
export function killRules({ at, check, get, put, change }: Journal): Rules {
  function pulled(data: DataOf<'kill.pulled'>): void {
    const { killId, scope, runId, stepId, sessionId, agentId } = data;
    check(get('kills', killId) === undefined, `${killId} was pulled twice`);
    const named = scope === 'step' ? `${runId}/${stepId}` : (runId ?? sessionId ?? agentId ?? '');
    const { runs, sessions } = at.known;
    const isNamed = (of: { readonly agentId: string }, id: string, session: string): boolean =>
      scope === 'everything' || of.agentId === agentId || id === runId || session === sessionId;
    const open = Object.entries(sessions).filter(([id, one]) => one.isOpen && isNamed(one, '', id));
    const going = Object.values(runs).filter((one) => !hasEnded(one) && isNamed(one, one.runId, one.sessionId));
    const reached =
      scope === 'step'
        ? { runs: [], sessions: [] }
        : { runs: going.map((one) => one.runId), sessions: open.map(([id]) => id) };
    put('kills', { state: 'pulled', scope, named, ...reached }, killId);
  }

  function completed({ killId }: DataOf<'kill.completed'>): void {
    const kill = get('kills', killId);
    check(kill?.state === 'pulled', `${killId} was completed twice, or lifted before`);
    if (kill) check(isCarriedOut(kill), `${killId} was completed, and not everything is stopped that it named`);
    change('kills', { state: 'completed' }, killId);
  }

  const isCarriedOut = ({ scope, named, runs, sessions }: ModelKill): boolean => {
    const [runId = '', stepId = ''] = named.split('/');
    const step = scope === 'step' ? get('runs', runId)?.steps[stepId] : undefined;
    const isStepStopped = !step || (step.state !== 'held' && (step.state !== 'started' || step.isKilled === true));
    return (
      isStepStopped &&
      runs.every((id) => hasEnded(get('runs', id)!)) &&
      sessions.every((id) => get('sessions', id)?.isOpen === false)
    );
  };

  return {
    'kill.pulled': pulled,
    'kill.completed': completed,
    'kill.lifted': ({ killId }) => {
      const kill = get('kills', killId);
      const mayBe = kill?.state !== 'lifted' && (kill?.scope === 'agent' || kill?.scope === 'everything');
      check(mayBe, `${killId} was lifted, and it was not standing`);
      change('kills', { state: 'lifted' }, killId);
    },
    'capability.announced': ({ descriptor: { id, owner, version }, digest }) => {
      const before = get('capabilities', id);
      check(before === undefined || before.isRemoved, `${id} was announced again`);
      check(before === undefined || before.owner === owner, `${id} went from ${before?.owner} to ${owner}`);
      put(
        'capabilities',
        { isRemoved: false, owner, version, digest, digests: [...(before?.digests ?? []), digest] },
        id,
      );
    },
    'capability.changed': ({ descriptor: { id, owner, version }, digest, previousDigest }) => {
      const before = get('capabilities', id);
      const isRight = before?.isRemoved === false && before.owner === owner && before.digest === previousDigest;
      check(isRight && before.digest !== digest, `${id} changed from what it was not`);
      change('capabilities', { version, digest, digests: [...(before?.digests ?? []), digest] }, id);
    },
    'capability.removed': ({ id, owner, digest }) => {
      const before = get('capabilities', id);
      const isRight = before?.isRemoved === false && before.owner === owner && before.digest === digest;
      check(isRight, `${id} was removed, and it was not there or not theirs`);
      change('capabilities', { isRemoved: true }, id);
    },
  };
}
