import { httpApi, type KillView, type Problem, type RecordedEvent, type StepOutcome } from '@causeway/contracts';
import type { Answer, Work } from './api.ts';
import { approve } from './approve.ts';
import { startBoardSystem, type BoardSystem } from './board-system.ts';
import { START_TIMEOUT_MS, STOP_TIMEOUT_MS } from './system.ts';

const CASE_TIMEOUT_MS = 60_000;
/** Longer than a case: no call ends here because its time is over. */
const CALL_MS = 2 * CASE_TIMEOUT_MS;

describe('the kill switch, while a call is on its way', () => {
  let place: BoardSystem;
  beforeAll(async () => {
    place = await startBoardSystem(CALL_MS);
  }, START_TIMEOUT_MS);
  afterAll(() => place.stop(), STOP_TIMEOUT_MS);

  const kill = (scope: string, id: string | undefined): Promise<KillView> =>
    place.api.good<KillView>(httpApi.pullKill, {
      token: place.system.keys.operator,
      body: { scope, ...(id === undefined ? {} : { id }), reason: 'it runs wild' },
    });

  /** A read that hangs at the board, and how it ended. */
  async function hangingRead(work: Work): Promise<{ readonly end: Promise<Answer<StepOutcome & Partial<Problem>>> }> {
    const before = place.board.arrived();
    const end = place.api.step(work, 'read', ['network.http-fetch', { url: place.urlOf('/pages/slow.md') }]);
    await place.board.untilArrived(before + 1);
    return { end };
  }

  async function outcomeOf({ runId }: Work, stepId: string): Promise<StepOutcome> {
    for (;;) {
      const asked = { token: place.system.keys.operator, params: { runId, stepId }, query: { waitMs: 2_000 } };
      const outcome = await place.api.good<StepOutcome>(httpApi.getStep, asked);
      if (outcome.state !== 'started' && outcome.state !== 'held') return outcome;
    }
  }

  const told = (events: readonly RecordedEvent[], type: string): RecordedEvent => {
    const event = events.find((one) => one.type === type);
    if (!event) throw new Error(`${type} is not in the ledger`);
    return event;
  };

  it.each([
    ['step', ({ runId }: Work) => `${runId}/read`],
    ['run', ({ runId }: Work) => runId],
    ['session', ({ sessionId }: Work) => sessionId],
    ['agent', () => 'agent-agent'],
    ['everything', () => undefined],
  ] as const)(
    'of %s closes the connection, and the read has failed in the ledger',
    async (scope, idOf) => {
      const work = await place.api.startWork(`agent-${scope}`);
      const { end } = await hangingRead(work);
      const pulled = await kill(scope, idOf(work));
      await place.board.untilLeft();
      expect(await outcomeOf(work, 'read')).toMatchObject({ state: 'failed', rejection: { code: 'KILLED' } });
      await end;
      const events = await place.api.events();
      const ofRun = events.filter(({ scope: of }) => of === work.runId);
      const sealed = events.find(({ type, data }) => {
        return type === 'kill.pulled' && (data as { killId: string }).killId === pulled.killId;
      })!;
      const fact = told(ofRun, 'egress.failed');
      expect(fact).toMatchObject({ data: { code: 'KILLED', sent: true } });
      expect(sealed.position).toBeLessThan(fact.position);
      if (pulled.stands) {
        const again = await place.api.call<Problem>(httpApi.openSession, {
          token: place.system.keys.operator,
          body: { agentId: `agent-${scope}` },
        });
        expect(again).toMatchObject({ status: 409, body: { code: 'KILLED' } });
        const params = { killId: pulled.killId };
        const refused = await place.api.call(httpApi.liftKill, {
          token: place.system.keys.operator,
          params,
          body: { reason: 'x' },
        });
        expect(refused.status).toBe(403);
        await place.api.good(httpApi.liftKill, {
          token: place.system.keys.admin,
          params,
          body: { reason: 'all clear' },
        });
      }
    },
    CASE_TIMEOUT_MS,
  );

  it(
    'does not guess what became of a write that was on its way',
    async () => {
      const work = await place.api.startWork('agent-writer');
      const input = { url: place.urlOf('/publish'), method: 'POST', body: 'once' };
      const { body: held } = await place.api.step(work, 'publish', ['network.http-fetch', input]);
      const before = place.board.arrived();
      await approve(place.api, place.system.keys.approver, held.approvalId ?? '');
      await place.board.untilArrived(before + 1);
      await kill('run', work.runId);
      await place.board.untilLeft();
      expect(await outcomeOf(work, 'publish')).toMatchObject({ state: 'unknown' });
      expect(place.board.arrived()).toBe(before + 1);
    },
    CASE_TIMEOUT_MS,
  );
});
