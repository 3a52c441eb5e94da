import { isDeepStrictEqual } from 'node:util';
import { wrongAnswer } from './answers.ts';
import { hasEnded, kindOf, reservedOf, type ModelRun } from './known.ts';
import { brokenPools } from './laws-of-pools.ts';
import { strayed } from './strayed.ts';
import type { World } from './world.ts';

/** Every promise that was broken in a world that has come to rest, in words; empty when all were kept. */
export async function brokenIn(world: World): Promise<readonly string[]> {
  const { model, exchanges } = world;
  const answers = exchanges.map((exchange) => wrongAnswer(exchange, model)).filter((one) => one !== undefined);
  const broken = [
    ...model.broken,
    ...answers,
    ...changedAnswers(world),
    ...brokenEffects(world),
    ...brokenEnds(world),
    ...brokenPools(world),
    ...(await strayed(world)),
  ];
  return [...new Set(broken)];
}

const ENDED = ['succeeded', 'failed', 'denied', 'unknown'];

/** A step that has ended is answered the same, for ever. */
function changedAnswers({ exchanges }: World): readonly string[] {
  const first = new Map<string, object>();
  return exchanges.flatMap(({ request, about, reply }) => {
    if ((request.kind !== 'step' && request.kind !== 'forward') || !reply?.ok) return [];
    const { budget: _, ...told } = reply.value as { readonly state: string; readonly budget: object };
    if (!ENDED.includes(told.state)) return [];
    const key = `${about.runId}/${request.step}`;
    const before = first.get(key) ?? told;
    first.set(key, before);
    return isDeepStrictEqual(before, told)
      ? []
      : [`${key} was answered in two ways: ${JSON.stringify([before, told])}`];
  });
}

/** Nothing is done without a sealed intent, nothing that writes is done twice, and what is told of it is what happened. */
function brokenEffects({ provider: { calls, effects }, model }: World): readonly string[] {
  const known = model.states.at(-1)!;
  const unintended = calls
    .filter(({ isIntended }) => !isIntended)
    .map(({ callId }) => `${callId} was made without a sealed intent`);
  const twice = effects
    .filter((step, index) => effects.indexOf(step) !== index)
    .map((step) => `${step} took effect twice`);
  const untold = Object.values(known.runs).flatMap((run) => untoldIn(run, effects));
  return [...unintended, ...twice, ...untold];
}

function untoldIn({ runId, steps }: ModelRun, effects: readonly string[]): readonly string[] {
  return Object.entries(steps).flatMap(([stepId, { state, code }]) => {
    if (!kindOf(stepId).writes) return [];
    const happened = effects.includes(`${runId}/${stepId}`);
    const isToldSo = state === 'succeeded' || code === 'UPSTREAM_REFUSED';
    if (state === 'unknown' || happened === isToldSo) return [];
    return [`${runId}/${stepId} ended as ${state} (${code}), and ${happened ? 'it took effect' : 'nothing happened'}`];
  });
}

/** Every intent has a fate, nothing stays reserved, nothing waits for ever. */
function brokenEnds({ model, network }: World): readonly string[] {
  const { runs, approvals, kills, schedules, sessions } = model.states.at(-1)!;
  const ofRuns = Object.values(runs).flatMap((run) => {
    const open = Object.entries(run.steps).filter(([, { state }]) => !ENDED.includes(state));
    const wrong = open.map(([stepId, { state }]) => `${run.runId}/${stepId} stays ${state}`);
    if (!hasEnded(run)) wrong.push(`${run.runId} is still ${run.state}, longer than a run may last`);
    return reservedOf(run) === 0 ? wrong : [...wrong, `${run.runId} keeps ${reservedOf(run)} reserved`];
  });
  const late = Object.entries(approvals).filter(
    ([, { state, expiresAt }]) => (state === 'pending' || state === 'granted') && expiresAt <= network.now(),
  );
  const undone = Object.entries(kills).flatMap(([id, { state }]) =>
    state === 'pulled' ? [`${id} was not carried out`] : [],
  );
  const ofSchedules = Object.entries(schedules).flatMap(([id, { phase, nextAt, queued, open, sessionId }]) => {
    const isLeft = phase === 'active' && (queued !== undefined || (nextAt ?? '~') <= network.now());
    const isGone = !sessions[sessionId]!.isOpen && phase !== 'cancelled' && nextAt !== undefined;
    return isLeft || isGone || open.length > 0 ? [`${id} does not come to rest`] : [];
  });
  return [...ofRuns, ...late.map(([id, { state }]) => `${id} stays ${state} past its time`), ...undone, ...ofSchedules];
}
