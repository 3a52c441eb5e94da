import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { atMs, history, OTHER_SESSION, subgoal, type RunEvent } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';
import type { StartedRun } from './run.ts';
import { currentSubgoal } from './subgoals.ts';

const { given } = specification(runDecider);
const NOTHING = { accepted: true, events: [] };
const refusedWith = (code: string) => ({ accepted: false, rejection: { code } });
const runAfter = (events: readonly RunEvent[]) => given(...events).state() as StartedRun;
const typesOf = (decision: { accepted: boolean; events?: readonly { type: string }[] }) =>
  decision.events?.map(({ type }) => type);

const QUEUE = [subgoal('g1'), subgoal('g2', { budget: { steps: 1 } })];
const start = example.start({ subgoals: QUEUE, predicate: { kind: 'subgoals_done' } });
const took = (id: string) => [example.request(id), example.fate(id, example.SUCCEEDED)];
const claim = (subgoalId: string) => example.claim({ subgoalId });

describe('a queue of subgoals', () => {
  it('begins with the first, in the append that starts the run', () => {
    expect(given().when(start)).toMatchObject({
      events: [
        { type: 'run.started', data: { subgoals: QUEUE } },
        { type: 'subgoal.started', data: { subgoalId: 'g1' } },
      ],
    });
    expect(given(...history(start)).when(start)).toEqual(NOTHING);
    expect(given(...history(start)).when(example.start({ ...start, subgoals: [subgoal('g1')] }))).toMatchObject(
      refusedWith('RUN_ALREADY_STARTED'),
    );
  });

  it('goes on with the next in the append that ends one, and is shown with the run', () => {
    const begun = history(start, ...took('s1'));
    expect(typesOf(given(...begun).when(claim('g1')))).toEqual(['subgoal.claimed', 'subgoal.done', 'subgoal.started']);
    expect(given(...begun).when(claim('g1'))).toMatchObject({ events: [{}, { data: { evidence: ['s1'] } }, {}] });
    const { subgoals } = runAfter(history(start, ...took('s1'), claim('g1'), example.request('s2')));
    expect(subgoals).toMatchObject([
      { subgoalId: 'g1', state: 'done', claimed: true, stepsUsed: 1, endedAt: atMs(10_000) },
      { subgoalId: 'g2', state: 'active', claimed: false, stepsUsed: 1, startedAt: atMs(10_000) },
    ]);
  });

  it('says with each step which subgoal it was asked for', () => {
    const decision = given(...history(start)).when(example.request('s1'));
    expect(decision).toMatchObject({
      events: [{ data: { subgoal: { subgoalId: 'g1', bears: { counts: [0] } } } }, {}, {}, {}],
    });
  });

  it('has no step started beyond the budget of the current one, though the run has more', () => {
    const second = [...history(start, ...took('s1'), claim('g1'), ...took('s2'))];
    expect(runAfter(second).budget).toMatchObject({ used: { steps: 2 }, limits: { steps: 3 } });
    const decision = given(...second).when(example.request('s3'));
    expect(decision).toMatchObject({ events: [{}, {}, { data: { rejection: { code: 'BUDGET_STEPS_EXHAUSTED' } } }] });
    const held = [...history(start, ...took('s1'), claim('g1'), example.request('s2'))];
    expect(typesOf(given(...held).when(example.request('s3', { verdict: example.asks({ stepId: 's3' }) })))).toContain(
      'step.denied',
    );
  });

  it('does not start a step whose approval comes when the budget of the subgoal is gone', () => {
    const one = example.start({ subgoals: [subgoal('g1', { budget: { steps: 1 } })] });
    const waiting = history(one, example.request('s1', { verdict: example.asks() }));
    const used: RunEvent = { type: 'budget.reserved', data: { stepId: 's9', at: atMs(1), steps: 1 } };
    expect(typesOf(given(...waiting, used).when(example.startHeld('s1')))).toEqual(['run.resumed', 'step.denied']);
  });
});

describe('the claim of a subgoal', () => {
  it('is refused with what is missing, and leaves the run as it is', () => {
    const decision = given(...history(start)).when(claim('g1'));
    expect(decision).toMatchObject({
      events: [{ type: 'subgoal.claimed' }, { type: 'subgoal.refused', data: { unmet: [{ path: 'predicate' }] } }],
    });
    expect(runAfter(history(start, claim('g1')))).toMatchObject({ phase: { state: 'active' }, claimed: false });
  });

  it('is refused while any step is under way, so that no step belongs to two', () => {
    const busy = history(start, ...took('s1'), example.request('s2'));
    expect(given(...busy).when(claim('g1'))).toMatchObject({
      events: [{}, { type: 'subgoal.refused', data: { missing: expect.stringContaining('1 step(s) are under way') } }],
    });
    const idle = [...busy, ...history(start, ...took('s1'), ...took('s2')).slice(busy.length)];
    expect(typesOf(given(...idle).when(claim('g1')))).toContain('subgoal.done');
  });

  it('adds nothing when it is done already, and is refused out of turn, from elsewhere, and when the run is over or paused', () => {
    const done = history(start, ...took('s1'), claim('g1'));
    expect(given(...done).when(claim('g1'))).toEqual(NOTHING);
    expect(given(...history(start)).when(claim('g2'))).toMatchObject(refusedWith('SUBGOAL_NOT_CURRENT'));
    expect(given(...history(start)).when(claim('g9'))).toMatchObject(refusedWith('SUBGOAL_NOT_FOUND'));
    expect(given(...done).when({ ...claim('g2'), sessionId: OTHER_SESSION })).toMatchObject(
      refusedWith('RUN_NOT_FOUND'),
    );
    expect(given(...history(start, example.cancel('operator'))).when(claim('g1'))).toMatchObject(
      refusedWith('RUN_NOT_ACTIVE'),
    );
    const paused = history(start, example.request('s1', { verdict: example.asks() }));
    expect(given(...paused).when(claim('g1'))).toMatchObject(refusedWith('RUN_PAUSED'));
  });
});

describe('adding subgoals', () => {
  it('puts them at the end, and takes one up at once when none is current', () => {
    expect(typesOf(given(example.started()).when(example.addSubgoals(QUEUE)))).toEqual([
      'subgoal.added',
      'subgoal.added',
      'subgoal.started',
    ]);
    const { subgoals } = runAfter(history(start, example.addSubgoals([subgoal('g3')])));
    expect(subgoals?.map(({ subgoalId, state }) => [subgoalId, state])).toEqual([
      ['g1', 'active'],
      ['g2', 'queued'],
      ['g3', 'queued'],
    ]);
  });

  it('waits with the first for the steps under way, and takes it up in the append that ends the last', () => {
    const busy = history(example.start(), example.request('s1'), example.addSubgoals(QUEUE));
    expect(currentSubgoal(runAfter(busy))).toBeUndefined();
    expect(given(...busy).when(claim('g1'))).toMatchObject(refusedWith('SUBGOAL_NOT_CURRENT'));
    const decision = given(...busy).when(example.fate('s1', example.SUCCEEDED));
    expect(typesOf(decision)).toEqual(['subgoal.started', 'budget.settled', 'step.succeeded']);
    const after = history(
      example.start(),
      example.request('s1'),
      example.addSubgoals(QUEUE),
      example.fate('s1', example.SUCCEEDED),
    );
    expect(given(...after).when(claim('g1'))).toMatchObject({ events: [{}, { type: 'subgoal.refused' }] });
  });

  it('waits for a step that is held as well', () => {
    const held = history(
      example.start(),
      example.request('s1', { verdict: example.asks() }),
      example.addSubgoals(QUEUE),
    );
    expect(currentSubgoal(runAfter(held))).toBeUndefined();
    expect(typesOf(given(...held).when(example.refuseHeld('s1')))).toEqual([
      'subgoal.started',
      'run.resumed',
      'step.denied',
    ]);
  });

  it('adds nothing the second time, also once the run is over, and is refused under an id that stands for another', () => {
    const added = history(start, example.addSubgoals([subgoal('g3')]));
    expect(given(...added).when(example.addSubgoals([subgoal('g3')]))).toEqual(NOTHING);
    expect(given(...added).when(example.addSubgoals([subgoal('g1')]))).toEqual(NOTHING);
    for (const other of [{ goal: 'x' }, { budget: { steps: 9 } }, { predicate: { kind: 'never' as const } }])
      expect(given(...added).when(example.addSubgoals([subgoal('g3', other)]))).toMatchObject(
        refusedWith('SUBGOAL_ID_REUSED'),
      );
    const over = history(start, example.cancel('operator'));
    expect(given(...over).when(example.addSubgoals([subgoal('g1')]))).toEqual(NOTHING);
    expect(given(...over).when(example.addSubgoals([subgoal('g4')]))).toMatchObject(refusedWith('RUN_NOT_ACTIVE'));
  });

  it('is for operators, and ends at 64', () => {
    const more = Array.from({ length: 63 }, (_, n) => subgoal(`m${n}`));
    expect(given(...history(start)).when(example.addSubgoals(more))).toMatchObject(refusedWith('SUBGOALS_FULL'));
    expect(given(...history(start)).when(example.addSubgoals(more.slice(1)))).toMatchObject({ accepted: true });
    for (const mover of ['agent', 'approver', 'clock', 'system'] as const)
      expect(given(...history(start)).when(example.addSubgoals(more, { mover }))).toMatchObject(
        refusedWith('ROLE_REQUIRED'),
      );
  });
});
