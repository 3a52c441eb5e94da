import { httpApi, type KillView, type Problem, type RecordedEvent, type StepOutcome } from '@causeway/contracts';
import { instanceAccess } from '@causeway/provisioning';
import { apiOf, type Answer, type Api, type Work } from './api.ts';
import { approve } from './approve.ts';
import { startSlowBoard, type SlowBoard } from './slow-board.ts';
import { startSystem, START_TIMEOUT_MS, STOP_TIMEOUT_MS, type System } from './system.ts';

/** The board would answer long after any step is over by itself. */
const NEVER_MS = 600_000;
/** A killed call ends within a second; the grant of one that is not killed lasts 15. */
const STOPPED_WITHIN_MS = 5_000;
const CASE_TIMEOUT_MS = 60_000;

describe('the kill switch, while a call is on its way', () => {
  let system: System;
  let api: Api;
  let board: SlowBoard;
  beforeAll(async () => {
    system = await startSystem();
    api = apiOf(system);
    board = await startSlowBoard(portOfBoard(), NEVER_MS);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await board.close();
    await system.stop();
  }, STOP_TIMEOUT_MS);

  const portOfBoard = (): number => instanceAccess(system.home).ports['demo-content'] ?? 0;
  const urlOf = (path: string): string => `http://content.demo.internal:${portOfBoard()}${path}`;
  const kill = (scope: string, id: string | undefined): Promise<KillView> =>
    api.good<KillView>(httpApi.pullKill, {
      token: system.keys.operator,
      body: { scope, ...(id === undefined ? {} : { id }), reason: 'it runs wild' },
    });

  /** A read that hangs at the board, and how it ended. */
  async function hangingRead(work: Work): Promise<{ readonly end: Promise<Answer<StepOutcome & Partial<Problem>>> }> {
    const before = board.arrived();
    const end = api.step(work, 'read', ['network.http-fetch', { url: urlOf('/pages/slow.md') }]);
    await board.untilArrived(before + 1);
    return { end };
  }

  async function outcomeOf({ runId }: Work, stepId: string): Promise<StepOutcome> {
    for (;;) {
      const asked = { token: system.keys.operator, params: { runId, stepId }, query: { waitMs: 2_000 } };
      const outcome = await api.good<StepOutcome>(httpApi.getStep, asked);
      if (outcome.state !== 'started' && outcome.state !== 'held') return outcome;
    }
  }

  const told = (events: readonly RecordedEvent[], type: string): RecordedEvent => {
    const event = events.find((one) => one.type === type);
    if (!event) throw new Error(`${type} is not in the ledger`);
    return event;
  };
  const msBetween = (one: RecordedEvent, other: RecordedEvent): number => Date.parse(other.time) - Date.parse(one.time);

  it.each([
    ['step', ({ runId }: Work) => `${runId}/read`],
    ['run', ({ runId }: Work) => runId],
    ['session', ({ sessionId }: Work) => sessionId],
    ['agent', () => 'agent-agent'],
    ['everything', () => undefined],
  ] as const)(
    'of %s closes the connection, and the read has failed in the ledger',
    async (scope, idOf) => {
      const work = await api.startWork(`agent-${scope}`);
      const { end } = await hangingRead(work);
      const pulled = await kill(scope, idOf(work));
      await board.untilLeft();
      expect(await outcomeOf(work, 'read')).toMatchObject({ state: 'failed', rejection: { code: 'KILLED' } });
      await end;
      const events = await api.events();
      const ofRun = events.filter(({ scope: of }) => of === work.runId);
      const sealed = events.find(({ type, data }) => {
        return type === 'kill.pulled' && (data as { killId: string }).killId === pulled.killId;
      })!;
      const fact = told(ofRun, 'egress.failed');
      expect(fact).toMatchObject({ data: { code: 'KILLED', sent: true } });
      expect(sealed.position).toBeLessThan(fact.position);
      expect(msBetween(sealed, fact)).toBeLessThan(STOPPED_WITHIN_MS);
      if (pulled.stands) {
        const again = await api.call<Problem>(httpApi.openSession, {
          token: system.keys.operator,
          body: { agentId: `agent-${scope}` },
        });
        expect(again).toMatchObject({ status: 409, body: { code: 'KILLED' } });
        const params = { killId: pulled.killId };
        const refused = await api.call(httpApi.liftKill, {
          token: system.keys.operator,
          params,
          body: { reason: 'x' },
        });
        expect(refused.status).toBe(403);
        await api.good(httpApi.liftKill, { token: system.keys.admin, params, body: { reason: 'all clear' } });
      }
    },
    CASE_TIMEOUT_MS,
  );

  it(
    'does not guess what became of a write that was on its way',
    async () => {
      const work = await api.startWork('agent-writer');
      const input = { url: urlOf('/publish'), method: 'POST', body: 'once' };
      const { body: held } = await api.step(work, 'publish', ['network.http-fetch', input]);
      const before = board.arrived();
      await approve(api, system.keys.approver, held.approvalId ?? '');
      await board.untilArrived(before + 1);
      await kill('run', work.runId);
      await board.untilLeft();
      expect(await outcomeOf(work, 'publish')).toMatchObject({ state: 'unknown' });
      expect(board.arrived()).toBe(before + 1);
    },
    CASE_TIMEOUT_MS,
  );
});
