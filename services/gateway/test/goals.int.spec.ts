import {
  addSubgoals,
  claimCompletion,
  getNote,
  httpApi,
  listNotes,
  noteValue,
  pathOf,
  startRun,
  type NoteView,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { AT, DIGEST, RUN, runView, SESSION } from './samples.ts';
import { sessionOpened } from './told-ledger.features.ts';

const NOTE: NoteView = {
  ...{ runId: RUN, key: 'plan', value: 'read', digest: DIGEST },
  notedBy: 'reader',
  notedAt: AT,
  position: 9,
};
const SUBGOALS = [
  { subgoalId: 'g1', goal: 'first', predicate: { kind: 'capability_succeeded', capability: 'resource.list', min: 1 } },
];

describe('the gateway, subgoals and notes', () => {
  let on: GatewayUnderTest;
  const token = newToken();
  const note = pathOf(httpApi.noteValue, { runId: RUN, key: 'plan' });

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
    on.orchestrator.answer(noteValue, () => ok(NOTE));
    on.orchestrator.answer(getNote, () => ok(NOTE));
    on.orchestrator.answer(listNotes, () => ok({ notes: [{ key: 'plan', digest: DIGEST, notedAt: AT }] }));
    on.orchestrator.answer(addSubgoals, () => ok(runView()));
    on.orchestrator.answer(startRun, () => ok(runView()));
  });
  afterAll(() => on.stop());

  const put = (credential: string, body: object) => on.ask(note, { method: 'PUT', headers: bearer(credential), body });

  it('takes a note from the agent alone, for the session of its token', async () => {
    const noted = await put(token, { value: 'read' });
    expect(noted).toMatchObject({ status: 200, body: NOTE });
    expect(noted.headers['causeway-position']).toBe('9');
    expect(on.orchestrator.last(noteValue)?.data).toEqual({
      runId: RUN,
      sessionId: SESSION,
      key: 'plan',
      value: 'read',
    });
    expect(await put(on.keys.operator, { value: 'read' })).toMatchObject({
      status: 403,
      body: { code: 'ROLE_REQUIRED' },
    });
    expect(await put(token, { value: { a: 1 } })).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
  });

  it('shows notes to the agent as those of its own session, and to operators', async () => {
    expect(await on.ask(note, { headers: bearer(token) })).toMatchObject({ status: 200, body: NOTE });
    expect(on.orchestrator.last(getNote)?.data).toEqual({ runId: RUN, sessionId: SESSION, key: 'plan' });
    const listed = await on.ask(pathOf(httpApi.listNotes, { runId: RUN }), { headers: bearer(on.keys.viewer) });
    expect(listed).toMatchObject({ status: 200, body: { notes: [{ key: 'plan' }] } });
    expect(on.orchestrator.last(listNotes)?.data).toEqual({ runId: RUN });
  });

  it('takes subgoals from operators, with a new run and later', async () => {
    const path = pathOf(httpApi.addSubgoals, { runId: RUN });
    const add = (credential: string, subgoals: unknown) =>
      on.ask(path, { method: 'POST', headers: bearer(credential), body: { subgoals } });
    expect((await add(on.keys.operator, SUBGOALS)).status).toBe(200);
    expect(on.orchestrator.last(addSubgoals)?.data).toEqual({ runId: RUN, subgoals: SUBGOALS });
    expect((await add(token, SUBGOALS)).status).toBe(403);
    const twice = await add(on.keys.operator, [...SUBGOALS, ...SUBGOALS]);
    expect(twice).toMatchObject({ status: 400, body: { errors: [{ path: 'subgoals.1.subgoalId' }] } });
    const body = { sessionId: SESSION, goal: 'g', predicate: { kind: 'subgoals_done' }, subgoals: SUBGOALS };
    expect(
      (await on.ask(pathOf(httpApi.startRun), { method: 'POST', headers: bearer(on.keys.operator), body })).status,
    ).toBe(201);
    expect(on.orchestrator.last(startRun)?.data).toMatchObject({ predicate: body.predicate, subgoals: SUBGOALS });
  });

  it('passes on which subgoal is claimed, and what is missing leaf by leaf', async () => {
    const errors = [{ path: 'predicate.all_of.1', message: 'is missing' }];
    on.orchestrator.answer(claimCompletion, () => rejected('CLAIM_NOT_PROVEN', 'not yet', { errors }));
    const path = pathOf(httpApi.claimCompletion, { runId: RUN });
    const claimed = await on.ask(path, { method: 'POST', headers: bearer(token), body: { subgoalId: 'g1' } });
    expect(claimed).toMatchObject({ status: 409, body: { code: 'CLAIM_NOT_PROVEN', errors } });
    expect(on.orchestrator.last(claimCompletion)?.data).toMatchObject({ subgoalId: 'g1', sessionId: SESSION });
  });
});
