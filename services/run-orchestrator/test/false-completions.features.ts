import type { Predicate } from '@causeway/contracts';
import type { RunCommand, StepFate } from '../src/runs/domain/run.commands.ts';
import * as example from './run.features.ts';
import { FETCH, OTHER_SESSION } from './run.features.ts';

export const LIST = 'resource.list';
export const GET = { input: { method: 'GET' } };
export const POST = { input: { method: 'POST' } };
/** Reading is the test, writing is the change that makes an earlier test worthless. */
export const TESTED: Predicate = {
  ...{ kind: 'capability_succeeded', capability: FETCH, min: 1, input: { method: 'GET' } },
  voidedBy: [{ capability: FETCH, input: { method: 'POST' } }],
};
export const WROTE = example.fetchSucceeded(1, { method: 'POST' });
export const NOTHING_FAILED: Predicate = { kind: 'not', not: { kind: 'capability_failed', capability: FETCH, min: 1 } };
export const TEST_STANDS: Predicate = {
  kind: 'not',
  not: { ...{ kind: 'capability_failed', capability: FETCH, min: 1 }, voidedBy: [{ capability: LIST }] },
};
export const all = (...all_of: Predicate[]): Predicate => ({ kind: 'all_of', all_of });
export const newest = (equals: string | number): Predicate => ({
  ...{ kind: 'metadata_matches', capability: FETCH, path: '/status', equals },
});

export const asked = (id: string, more: object): RunCommand => example.request(id, more);
export const ended = (id: string, is: StepFate = example.SUCCEEDED): RunCommand => example.fate(id, is);
export const took = (id: string, more: object, is?: StepFate): RunCommand[] => [asked(id, more), ended(id, is)];
export const TAMPERED: StepFate = {
  ...{ state: 'succeeded', usage: example.USAGE },
  result: { value: { status: '200', nested: { status: 200 }, 'a/b': 1 }, untrusted: true },
};

export type Attempt = {
  readonly predicate: Predicate;
  readonly commands: readonly RunCommand[];
  readonly claim?: RunCommand;
  readonly subgoals?: Parameters<typeof example.addSubgoals>[0];
  readonly isErased?: true;
};

/** Every way in which a run could be said to be done without being so. */
export const BATTERY: Readonly<Record<string, Attempt>> = {
  'a claim and nothing else': { predicate: WROTE, commands: [] },
  'a claim repeated until it is believed': {
    predicate: WROTE,
    commands: Array(20).fill(example.claim()) as RunCommand[],
  },
  'a claim by the agent of another session': {
    ...{ predicate: WROTE, commands: took('s1', POST) },
    claim: example.claim({ sessionId: OTHER_SESSION }),
  },
  'a step that was denied': { predicate: WROTE, commands: [asked('s1', { ...POST, verdict: example.DENIED })] },
  'a step that failed': { predicate: WROTE, commands: took('s1', POST, example.FAILED) },
  'a step whose outcome is unknown': { predicate: WROTE, commands: took('s1', POST, example.UNKNOWN) },
  'a step that still runs': { predicate: WROTE, commands: [asked('s1', POST)] },
  'a step that waits for a person': { predicate: WROTE, commands: [asked('s1', { ...POST, verdict: example.asks() })] },
  'a step whose approval was denied': {
    ...{ predicate: WROTE, commands: [asked('s1', { ...POST, verdict: example.asks() }), example.refuseHeld('s1')] },
  },
  'a step that the budget refused': {
    predicate: WROTE,
    commands: [...['s1', 's2', 's3'].flatMap((id) => took(id, GET)), asked('s4', POST)],
  },
  'a step of another capability': { predicate: WROTE, commands: took('s1', { capability: LIST, ...POST }) },
  'a step with another input': { predicate: WROTE, commands: took('s1', GET) },
  'a step with the field only inherited': {
    predicate: example.fetchSucceeded(1, { constructor: 'Object' }),
    commands: took('s1', { input: {} }),
  },
  'the same step told twice': {
    predicate: example.fetchSucceeded(2),
    commands: [...took('s1', GET), asked('s1', GET), ended('s1'), ended('s1')],
  },
  'a step counted once for each attempt': {
    predicate: example.fetchSucceeded(2),
    commands: [
      asked('s1', GET),
      example.tryAgain('s1', 1),
      example.fate('s1', example.SUCCEEDED, { attempt: 2 }),
      ended('s1'),
    ],
  },
  'a test that passed before the code changed': {
    predicate: TESTED,
    commands: [...took('s1', GET), ...took('s2', POST)],
  },
  'a test that began before the change and passed after it': {
    predicate: TESTED,
    commands: [asked('s1', GET), ...took('s2', POST), ended('s1')],
  },
  'a test that ran while the change was made': {
    predicate: TESTED,
    commands: [asked('s2', POST), asked('s1', GET), ended('s2'), ended('s1')],
  },
  'a test that passed, and a change under way': {
    predicate: TESTED,
    commands: [...took('s1', GET), asked('s2', POST)],
  },
  'a test that passed, and a change of which nobody knows what became': {
    predicate: TESTED,
    commands: [...took('s1', GET), ...took('s2', POST, example.UNKNOWN)],
  },
  'a step that failed and one that did not': {
    predicate: all(WROTE, NOTHING_FAILED),
    commands: [...took('s1', POST), ...took('s2', GET, example.FAILED)],
  },
  'a step that may still fail': {
    predicate: all(WROTE, NOTHING_FAILED),
    commands: [...took('s1', POST), asked('s2', GET)],
  },
  'a step that may have failed': {
    predicate: all(WROTE, NOTHING_FAILED),
    commands: [...took('s1', POST), ...took('s2', GET, example.UNKNOWN)],
  },
  'a failure that something under way might make good': {
    predicate: all(WROTE, TEST_STANDS),
    commands: [...took('s1', POST), ...took('s2', GET, example.FAILED), asked('s3', { capability: LIST })],
  },
  'a result that was right and is not any more': {
    predicate: newest(200),
    commands: [...took('s1', GET, example.answered(200)), ...took('s2', GET, example.answered(404))],
  },
  'a result that looks right elsewhere': { predicate: newest(200), commands: took('s1', GET, TAMPERED) },
  'a result with a text for a number': { predicate: newest('200'), commands: took('s1', GET, example.answered(200)) },
  'a right result of a step that failed': {
    predicate: newest(200),
    commands: took('s1', GET, { ...example.FAILED, result: { value: { status: 200 }, untrusted: true } } as StepFate),
  },
  'notes without a deed': {
    predicate: all(WROTE, { kind: 'state_exists', key: 'done' }),
    commands: [example.note('done', true)],
  },
  'a note that was right and is not any more': {
    predicate: all(WROTE, { kind: 'memory_equals', key: 'a', value: 'yes' }),
    commands: [...took('s1', POST), example.note('a', 'yes'), example.note('a', 'no')],
  },
  'a note by another agent': {
    predicate: all(WROTE, { kind: 'state_exists', key: 'a' }),
    commands: [
      ...took('s1', POST),
      example.note('a', 'yes', { by: 'impostor' }),
      example.note('a', 'yes', { sessionId: OTHER_SESSION }),
    ],
  },
  'the run started again under another predicate': {
    predicate: WROTE,
    commands: [
      example.start({ predicate: { kind: 'always' }, mover: 'agent' }),
      example.start({ predicate: { kind: 'always' } }),
    ],
  },
  'an agent that confirms itself': {
    predicate: { kind: 'manual' },
    commands: [example.claim(), example.complete('agent')],
  },
  'a confirmation that nobody claimed': {
    predicate: { kind: 'manual' },
    commands: [example.complete()],
    claim: example.complete(),
  },
  'a confirmation of what changed while the person was asked': {
    predicate: all(newest(200), { kind: 'manual' }),
    commands: [
      ...took('s1', GET, example.answered(200)),
      ...[asked('s2', GET), example.claim(), ended('s2', example.answered(404))],
    ],
    claim: example.complete(),
  },
  never: { predicate: { kind: 'any_of', any_of: [{ kind: 'never' }, WROTE] }, commands: [] },
  'subgoals that nobody gave': { predicate: { kind: 'subgoals_done' }, commands: took('s1', POST) },
  'a queue that is not done': {
    ...{ predicate: { kind: 'subgoals_done' }, subgoals: [example.subgoal('g1'), example.subgoal('g2')] },
    commands: [...took('s1', GET), example.claim({ subgoalId: 'g1' })],
  },
  'a subgoal claimed with what was done for the one before': {
    ...{ predicate: { kind: 'subgoals_done' }, subgoals: [example.subgoal('g1'), example.subgoal('g2')] },
    commands: [...took('s1', GET), example.claim({ subgoalId: 'g1' }), example.claim({ subgoalId: 'g2' })],
  },
  'a subgoal claimed out of its turn': {
    ...{
      predicate: { kind: 'subgoals_done' },
      subgoals: [example.subgoal('g1', { predicate: { kind: 'never' } }), example.subgoal('g2')],
    },
    commands: [...took('s1', GET), example.claim({ subgoalId: 'g2' })],
  },
  'a subgoal added by the agent itself': {
    predicate: { kind: 'subgoals_done' },
    commands: [
      example.addSubgoals([example.subgoal('g1', { predicate: { kind: 'always' } })], { mover: 'agent' }),
      example.claim({ subgoalId: 'g1' }),
    ],
  },
  'a note from before the subgoal': {
    predicate: { kind: 'subgoals_done' },
    subgoals: [
      example.subgoal('g1'),
      example.subgoal('g2', { predicate: all(example.fetchSucceeded(), { kind: 'state_exists', key: 'a' }) }),
    ],
    commands: [
      ...[example.note('a', 'yes'), ...took('s1', GET), example.claim({ subgoalId: 'g1' }), ...took('s2', GET)],
      example.claim({ subgoalId: 'g2' }),
    ],
  },
  'stale evidence once everything was erased': {
    ...{ predicate: TESTED, commands: [...took('s1', GET), ...took('s2', POST)], isErased: true },
  },
  'evidence of another kind once everything was erased': {
    ...{ predicate: WROTE, commands: took('s1', GET), isErased: true },
  },
  'a result that was wrong and was erased': {
    ...{ predicate: newest(200), commands: took('s1', GET, example.answered(404)), isErased: true },
  },
};
