import {
  cancelRun,
  getStep,
  liftKill,
  listKills,
  openSession,
  pullKill,
  startRun,
  type KillTarget,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { DIGEST } from './run.features.ts';
import { AGENT, GET, newId, OPERATOR, PUBLISH, startSystem, valueOf, type System } from './system.features.ts';

let system: System;
let stopReplica: () => Promise<void>;
beforeAll(async () => {
  system = await startSystem();
  stopReplica = await system.startReplica('orchestrator-2');
});
afterAll(async () => {
  await stopReplica();
  await system.stop();
});
beforeEach(() => system.provider.reset());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);
const pull = (target: KillTarget, killId = newId('kill')) =>
  system.ask(pullKill, { killId, target, reason: 'it runs wild' }, OPERATOR);
const lift = (killId: string) => system.ask(liftKill, { killId, reason: 'all clear' }, OPERATOR);
const start = (sessionId: string) =>
  system.ask(startRun, { runId: newId('run'), sessionId, goal: 'x', predicate: { kind: 'manual' } }, OPERATOR);
const open = (agentId: string) =>
  system.ask(openSession, { sessionId: newId('session'), agentId, tokenSha256: DIGEST }, OPERATOR);

/** Waits until every replica answers so: which one is asked is by chance. */
const everywhere = (code: string): Promise<void> =>
  system.until(async () => {
    const codes = await Promise.all(Array.from({ length: 16 }, async () => codeOf(await open(AGENT.id))));
    return codes.every((one) => one === code);
  });

describe('the kill switch', () => {
  it('ends a run, and seals first that it was pulled, by whom and why', async () => {
    const run = await system.run();
    const killId = newId('kill');
    const pulled = valueOf(await pull({ scope: 'run', runId: run.runId }, killId));
    expect(pulled).toMatchObject({ state: 'completed', stands: false, runs: 1, pulledBy: OPERATOR.id });
    const ended = (await system.eventsOf(run.runId)).at(-1)!;
    expect(ended).toMatchObject({ type: 'run.cancelled', actor: OPERATOR, data: { reason: 'killed: it runs wild' } });
    const story = (await system.eventsOf('kills')).filter(({ data }) => (data as { killId: string }).killId === killId);
    expect(story.map(({ type }) => type)).toEqual(['kill.pulled', 'kill.completed']);
    expect(story[0]!.position).toBeLessThan(ended.position);
    expect(valueOf(await pull({ scope: 'run', runId: run.runId }, killId))).toEqual(pulled);
    expect(codeOf(await pull({ scope: 'everything' }, killId))).toBe('ID_REUSED');
  });

  it('ends a session with all its runs', async () => {
    const sessionId = await system.session();
    const runs = [await system.run({ sessionId }), await system.run({ sessionId })];
    expect(valueOf(await pull({ scope: 'session', sessionId }))).toMatchObject({ runs: 2, sessions: 1 });
    for (const run of runs) expect(codeOf(await system.stepAsk(run, 's1', GET))).toBe('RUN_NOT_ACTIVE');
    expect(codeOf(await start(sessionId))).toBe('SESSION_REVOKED');
  });

  it('denies a step that waits for a person, and the run goes on', async () => {
    const run = await system.run();
    const { approvalId } = await system.step(run, 'publish', PUBLISH);
    valueOf(await pull({ scope: 'step', runId: run.runId, stepId: 'publish' }));
    expect(await system.outcome(run, 'publish')).toMatchObject({ state: 'denied', rejection: { code: 'KILLED' } });
    expect((await system.eventsOf(approvalId!)).at(-1)).toMatchObject({ type: 'approval.withdrawn' });
    expect(await system.step(run, 'next', GET)).toMatchObject({ state: 'succeeded' });
  });

  it('keeps a step that got no answer from being tried again', async () => {
    const run = await system.run();
    const asked = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    system.provider.answerWith(async () => {
      asked.resolve();
      await stopped.promise;
      return { ok: false, rejection: { code: 'SERVICE_UNAVAILABLE', detail: 'lost' } };
    });
    const step = system.stepAsk(run, 's1', GET);
    await asked.promise;
    valueOf(await pull({ scope: 'step', runId: run.runId, stepId: 's1' }));
    stopped.resolve();
    expect(valueOf(await step)).toMatchObject({ state: 'failed', attempt: 1, rejection: { code: 'KILLED' } });
  });

  it('of an agent stands on every replica until it is lifted, and touches no other agent', async () => {
    const run = await system.run();
    const { position, result } = await system.step(run, 'before', GET);
    const other = valueOf(await open('somebody-else')).sessionId;
    const killed = valueOf(await pull({ scope: 'agent', agentId: AGENT.id }));
    expect(killed).toMatchObject({ stands: true, state: 'completed' });
    expect(codeOf(await system.stepAsk(run, 's1', GET))).toMatch(/^KILLED$|^RUN_NOT_ACTIVE$/);
    await everywhere('KILLED');
    expect(codeOf(await system.stepAsk(run, 's2', GET))).toBe('KILLED');
    expect(await system.step(run, 'before', GET)).toMatchObject({ state: 'succeeded', position, result });
    expect(codeOf(await start(other))).toBe('accepted');
    expect(valueOf(await lift(killed.killId))).toMatchObject({ state: 'lifted', stands: false });
    await everywhere('accepted');
    expect(await system.over(run)).toMatchObject({ state: 'cancelled' });
  });

  it('of everything ends what was there and what slips in, and stands over a restart', async () => {
    const runs = [await system.run(), await system.run()];
    const { killId, runs: ended } = valueOf(await pull({ scope: 'everything' }));
    expect(ended).toBeGreaterThanOrEqual(2);
    for (const run of runs) expect(await system.over(run)).toMatchObject({ state: 'cancelled' });
    await stopReplica();
    await system.killOrchestrator('SIGKILL');
    await system.startOrchestrator();
    expect(codeOf(await open('anybody'))).toBe('KILLED');
    const [listed] = valueOf(await system.ask(listKills, {}, OPERATOR)).kills;
    expect(listed).toMatchObject({ killId, stands: true, reason: 'it runs wild' });
    const slipped = newId('session');
    const data = {
      sessionId: slipped,
      agentId: 'quick',
      tokenSha256: DIGEST,
      openedBy: 'olga',
      at: new Date().toISOString(),
    };
    await system.append(slipped, { type: 'session.opened', data }, 'none');
    await system.until(async () => (await system.eventsOf(slipped)).at(-1)?.type === 'session.revoked');
    valueOf(await lift(killId));
    await everywhere('accepted');
    stopReplica = await system.startReplica('orchestrator-2');
  });

  it('is carried out by whoever lives when the process that pulled it died', async () => {
    const run = await system.run();
    const killId = newId('kill');
    const at = new Date(Date.now() - 10_000).toISOString();
    const data = { killId, scope: 'run' as const, runId: run.runId, reason: 'x', pulledBy: OPERATOR.id, at };
    await system.append('kills', { type: 'kill.pulled', data });
    expect(await system.over(run)).toMatchObject({ state: 'cancelled', endReason: 'killed: x' });
    await system.until(async () => (await system.eventsOf('kills')).at(-1)?.type === 'kill.completed');
  });

  it('refuses what is not there, so that nobody believes in it', async () => {
    const run = await system.run();
    expect(codeOf(await pull({ scope: 'run', runId: newId('run') }))).toBe('RUN_NOT_FOUND');
    expect(codeOf(await pull({ scope: 'step', runId: run.runId, stepId: 's9' }))).toBe('STEP_NOT_FOUND');
    expect(codeOf(await pull({ scope: 'session', sessionId: newId('session') }))).toBe('SESSION_NOT_FOUND');
    expect(codeOf(await lift(newId('kill')))).toBe('KILL_NOT_FOUND');
    valueOf(await system.ask(cancelRun, { runId: run.runId, reason: 'over' }, OPERATOR));
    expect(codeOf(await system.ask(getStep, { runId: run.runId, stepId: 's9' }, OPERATOR))).toBe('STEP_NOT_FOUND');
  });
});
