import { httpApi, type StepOutcome } from '@causeway/contracts';
import { killService, startService, waitReady, type ServiceName } from '@causeway/provisioning';
import type { Work } from './api.ts';
import { approve } from './approve.ts';
import { startBoardSystem, type BoardSystem } from './board-system.ts';
import { START_TIMEOUT_MS, STOP_TIMEOUT_MS } from './system.ts';

/** Time enough for any service to come back; what nobody knows after this time is unknown. */
const CALL_MS = 15_000;
const CASE_TIMEOUT_MS = 120_000;

describe('a step that cannot be taken back', () => {
  let place: BoardSystem;
  beforeAll(async () => {
    place = await startBoardSystem(CALL_MS);
  }, START_TIMEOUT_MS);
  afterAll(() => place.stop(), STOP_TIMEOUT_MS);

  async function approved(work: Work): Promise<void> {
    const input = { url: place.urlOf('/publish'), method: 'POST', body: 'once' };
    const { status, body } = await place.api.step(work, 'publish', ['network.http-fetch', input]);
    expect(status).toBe(202);
    await approve(place.api, place.system.keys.approver, body.approvalId ?? '');
  }

  /** The end of the step, however often services go away meanwhile. */
  async function endOf({ runId, token }: Work): Promise<StepOutcome> {
    for (;;) {
      const asked = { token, params: { runId, stepId: 'publish' }, query: { waitMs: 5_000 } };
      const { status, body } = await place.api.call<StepOutcome>(httpApi.getStep, asked);
      if (status === 200 && body.state !== 'started' && body.state !== 'held') return body;
    }
  }

  // What egress-proxy had in hand when it died left no fact: nobody can know, so a person has to look. All others go on from the fact.
  it.each<[ServiceName, StepOutcome['state']]>([
    ['run-orchestrator', 'succeeded'],
    ['audit-ledger', 'succeeded'],
    ['gateway', 'succeeded'],
    ['egress-proxy', 'unknown'],
  ])(
    'happens once although %s dies while it is under way, and ends as %s',
    async (service, state) => {
      const before = place.board.arrived();
      const work = await place.api.startWork(`agent-${service}`);
      await approved(work);
      await place.board.untilArrived(before + 1);
      await killService(service, 'SIGKILL', { home: place.system.home });
      place.board.answer();
      await startService(service, { home: place.system.home, overrides: place.overrides });
      await waitReady(service, { home: place.system.home });
      const outcome = await endOf(work);
      expect({ state: outcome.state, attempt: outcome.attempt }).toEqual({ state, attempt: 1 });
      expect(place.board.arrived()).toBe(before + 1);
      const events = await place.api.events({ runId: work.runId });
      const count = (type: string): number => events.filter((event) => event.type === type).length;
      expect([count('step.started'), count('approval.consumed'), count(`step.${state}`)]).toEqual([1, 1, 1]);
    },
    CASE_TIMEOUT_MS,
  );
});
