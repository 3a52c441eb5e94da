import { cancelRun, pauseRun, revokeSession, startRun, type ReplyEnvelope } from '@causeway/contracts';
import { newId, OPERATOR, startSystem, valueOf, type System } from './system.features.ts';

let system: System;
let stopReplica: () => Promise<void>;
beforeAll(async () => {
  system = await startSystem({ activeRuns: 'one' });
  stopReplica = await system.startReplica('orchestrator-2');
});
afterAll(async () => {
  await stopReplica();
  await system.stop();
});

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);
const start = (sessionId: string, runId = newId('run')) =>
  system.ask(startRun, { runId, sessionId, goal: 'x', predicate: { kind: 'manual' } }, OPERATOR);
const openIn = async (sessionId: string) => {
  const open = new Set<unknown>();
  let most = 0;
  for (const { type, data } of await system.eventsOf(sessionId)) {
    const { runId } = data as { runId?: string };
    if (type === 'session.occupied') open.add(runId);
    if (type === 'session.released') open.delete(runId);
    most = Math.max(most, open.size);
  }
  return { open: [...open], most };
};

describe('a session with one run at a time', () => {
  it('takes exactly one of many that start at once on two replicas, and tells the others which', async () => {
    const sessionId = await system.session();
    const replies = await Promise.all(Array.from({ length: 40 }, () => start(sessionId)));
    const started = replies.filter(({ ok }) => ok).map(valueOf);
    expect(started).toHaveLength(1);
    const refused = replies.filter((reply) => !reply.ok).map(({ rejection }) => [rejection.code, rejection.facts]);
    expect(refused).toEqual(refused.map(() => ['SESSION_BUSY', { runId: started[0]!.runId }]));
    expect(await openIn(sessionId)).toEqual({ open: [started[0]!.runId], most: 1 });
  });

  it('is not made free by a pause', async () => {
    const run = await system.run();
    const pause = { runId: run.runId, pauseId: newId('pause'), cause: 'operator' as const };
    expect(valueOf(await system.ask(pauseRun, pause, OPERATOR))).toMatchObject({ state: 'paused' });
    expect(codeOf(await start(run.sessionId))).toBe('SESSION_BUSY');
  });

  it('is free once its run is over, and never holds two while runs come and go', async () => {
    const sessionId = await system.session();
    for (let round = 0; round < 5; round++) {
      const replies = await Promise.all(Array.from({ length: 8 }, () => start(sessionId)));
      const [started, ...more] = replies.filter(({ ok }) => ok).map(valueOf);
      expect(more).toEqual([]);
      await Promise.all([
        system.ask(cancelRun, { runId: started!.runId, reason: 'enough' }, OPERATOR),
        system.ask(cancelRun, { runId: started!.runId, reason: 'enough' }, OPERATOR),
      ]);
    }
    expect(await openIn(sessionId)).toEqual({ open: [], most: 1 });
  });

  it('answers the same start the same way, on whichever replica, and many times at once', async () => {
    const sessionId = await system.session();
    const runId = newId('run');
    const replies = await Promise.all(Array.from({ length: 12 }, () => start(sessionId, runId)));
    expect(replies.map((reply) => valueOf(reply).runId)).toEqual(replies.map(() => runId));
    expect((await system.eventsOf(runId)).map(({ type }) => type)).toEqual(['run.started']);
  });

  it('has no run that started after it was revoked', async () => {
    for (let round = 0; round < 5; round++) {
      const sessionId = await system.session();
      const revoking = system.ask(revokeSession, { sessionId, reason: 'lost' }, OPERATOR);
      await Promise.all([...Array.from({ length: 6 }, () => start(sessionId)), revoking]);
      const types = (await system.eventsOf(sessionId)).map(({ type }) => type);
      const after = types.slice(types.indexOf('session.revoked'));
      expect(after).not.toContain('session.occupied');
      expect((await openIn(sessionId)).open).toEqual([]);
    }
  });
});
