import {
  addSubgoals,
  claimCompletion,
  completeRun,
  erase,
  getNote,
  listNotes,
  noteValue,
  rebuildProjectionsOf,
  startRun,
  type Predicate,
  type ReplyEnvelope,
  type Scalar,
} from '@causeway/contracts';
import { fetchSucceeded, subgoal } from './run.features.ts';
import {
  AGENT,
  GET,
  largeAnswer,
  newId,
  OPERATOR,
  POST,
  startSystem,
  valueOf,
  type Started,
  type System,
} from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);
const pathsOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? [] : reply.rejection.errors?.map(({ path }) => path));
const claim = (run: Started, more: { subgoalId?: string } = {}) =>
  system.ask(claimCompletion, { ...run, ...more }, AGENT);
const note = (run: Started, key: string, value: Scalar, actor = AGENT) =>
  system.ask(noteValue, { ...run, key, value }, actor);
const all = (...all_of: Predicate[]): Predicate => ({ kind: 'all_of', all_of });

describe('a predicate', () => {
  it('is refused with the path of what is wrong in it', async () => {
    const sessionId = await system.session();
    const start = (predicate: unknown, more: object = {}) =>
      system.ask(startRun, { runId: newId('run'), sessionId, goal: 'x', predicate, ...more }, OPERATOR);
    const unknown = all(fetchSucceeded(), {
      ...fetchSucceeded(),
      capability: 'no.such',
      voidedBy: [{ capability: 'nor.this' }],
    } as Predicate);
    const refused = await start(unknown);
    expect([codeOf(refused), pathsOf(refused)]).toEqual([
      'CAPABILITY_UNKNOWN',
      ['predicate.all_of.1.capability', 'predicate.all_of.1.voidedBy.0.capability'],
    ]);
    for (const kind of ['always', 'state_exists'] as const) {
      const empty = await start({ kind, ...(kind === 'always' ? {} : { key: 'done' }) });
      expect([codeOf(empty), pathsOf(empty)]).toEqual(['PREDICATE_PROVES_NOTHING', ['predicate']]);
    }
    const queue = { subgoals: [subgoal('g1'), subgoal('g2', { predicate: { kind: 'always' } })] };
    const inQueue = await start({ kind: 'subgoals_done' }, queue);
    expect([codeOf(inQueue), pathsOf(inQueue)]).toEqual(['PREDICATE_PROVES_NOTHING', ['subgoals.1.predicate']]);
    const malformed = await start(all(fetchSucceeded(), { kind: 'whenever' } as unknown as Predicate));
    expect([codeOf(malformed), pathsOf(malformed)]).toEqual(['REQUEST_INVALID', ['predicate.all_of.1.kind']]);
  });

  it('looks into a result that is too large to travel, and still knows after a crash and an erasure', async () => {
    system.provider.answerWith(async (call) => largeAnswer(call));
    const status: Predicate = {
      kind: 'metadata_matches',
      capability: 'network.http-fetch',
      path: '/status',
      equals: 200,
    };
    const run = await system.run({ predicate: all(status, { kind: 'memory_equals', key: 'read', value: 'yes' }) });
    const { result } = await system.step(run, 's1', GET);
    expect(result).toMatchObject({ resourceId: expect.any(String) });
    const { position } = valueOf(await note(run, 'read', 'yes'));
    const request = { erasureId: crypto.randomUUID(), target: { scope: run.runId }, reason: 'asked for' };
    const erased = valueOf(await system.ask(erase, request, OPERATOR));
    await system.view(run, Math.max(position, erased.position));
    await system.killOrchestrator('SIGKILL');
    await system.startOrchestrator();
    expect(valueOf(await system.ask(getNote, { ...run, key: 'read' }, AGENT))).toMatchObject({
      value: '[erased]',
      erased: true,
    });
    expect(valueOf(await claim(run))).toMatchObject({ state: 'done', verified: true });
  });

  it('says leaf by leaf what is missing and what is stale', async () => {
    const fresh = {
      ...fetchSucceeded(1, { method: 'GET' }),
      voidedBy: [{ capability: 'network.http-fetch', input: { method: 'POST' } }],
    };
    const run = await system.run({ predicate: all(fresh as Predicate, { kind: 'manual' }) });
    await system.step(run, 's1', GET);
    await system.step(run, 's2', POST);
    const stale = await claim(run);
    expect([codeOf(stale), pathsOf(stale)]).toEqual(['CLAIM_NOT_PROVEN', ['predicate.all_of.0']]);
    expect(stale).toMatchObject({ rejection: { detail: expect.stringContaining('step s2') } });
    await system.step(run, 's3', GET);
    expect(valueOf(await claim(run))).toMatchObject({ state: 'paused', pauseCause: 'operator' });
    const done = await system.ask(completeRun, { runId: run.runId, reason: 'seen' }, OPERATOR);
    expect(valueOf(done)).toMatchObject({ state: 'done', verified: true });
    expect((await system.eventsOf(run.runId)).at(-1)).toMatchObject({ data: { evidence: ['s3', 'seen'] } });
  });
});

describe('a queue of subgoals', () => {
  it('is worked through in order, with more added on the way, and the views say the same as the answers', async () => {
    const run = await system.run({
      predicate: { kind: 'subgoals_done' },
      subgoals: [subgoal('g1', { budget: { steps: 1 } })],
    });
    await system.step(run, 's1', GET);
    expect(await system.step(run, 's2', GET)).toMatchObject({
      state: 'denied',
      rejection: { code: 'BUDGET_STEPS_EXHAUSTED' },
    });
    const add = (actor = OPERATOR) => system.ask(addSubgoals, { runId: run.runId, subgoals: [subgoal('g2')] }, actor);
    expect(codeOf(await add(AGENT))).toBe('ROLE_REQUIRED');
    const added = valueOf(await add());
    expect(valueOf(await add())).toMatchObject({ position: added.position });
    expect(codeOf(await claim(run, { subgoalId: 'g2' }))).toBe('SUBGOAL_NOT_CURRENT');
    expect(valueOf(await claim(run, { subgoalId: 'g1' })).subgoals).toMatchObject([
      { state: 'done' },
      { state: 'active' },
    ]);
    expect(codeOf(await claim(run))).toBe('CLAIM_NOT_PROVEN');
    await system.step(run, 's3', GET);
    const { subgoals, position } = valueOf(await claim(run, { subgoalId: 'g2' }));
    expect((await system.view(run, position)).subgoals).toEqual(subgoals);
    expect(valueOf(await claim(run))).toMatchObject({ state: 'done' });
    const { projections } = valueOf(await system.ask(rebuildProjectionsOf('run-orchestrator'), {}, OPERATOR));
    expect(projections.map(({ equal }) => equal)).toEqual(projections.map(() => true));
  });
});

describe('the notes of a run', () => {
  it('are read back by its own agent and by operators, and by nobody else', async () => {
    const run = await system.run();
    const first = valueOf(await note(run, 'plan', 'read first'));
    expect(valueOf(await note(run, 'plan', 'read first'))).toEqual(first);
    valueOf(await note(run, 'count', 2));
    expect(valueOf(await system.ask(getNote, { ...run, key: 'plan' }, AGENT))).toEqual(first);
    const { notes } = valueOf(await system.ask(listNotes, { runId: run.runId }, OPERATOR));
    expect(notes.map(({ key }) => key)).toEqual(['count', 'plan']);
    const sessionId = await system.session();
    expect(codeOf(await system.ask(getNote, { ...run, sessionId, key: 'plan' }, AGENT))).toBe('RUN_NOT_FOUND');
    expect(codeOf(await system.ask(listNotes, { ...run, sessionId }, AGENT))).toBe('RUN_NOT_FOUND');
    expect(codeOf(await note({ ...run, sessionId }, 'plan', 'x'))).toBe('RUN_NOT_FOUND');
    expect(codeOf(await system.ask(getNote, { ...run, key: 'nothing' }, AGENT))).toBe('NOTE_NOT_FOUND');
    const tooLarge = await note(run, 'plan', 'ü'.repeat(512));
    expect([codeOf(tooLarge), pathsOf(tooLarge)]).toEqual(['REQUEST_INVALID', ['value']]);
  });
});
