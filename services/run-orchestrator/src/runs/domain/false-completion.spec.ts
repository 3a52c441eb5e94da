import { erasedForm } from '@causeway/contracts';
import { fold } from '@causeway/eventing';
import {
  all,
  asked,
  BATTERY,
  ended,
  GET,
  LIST,
  newest,
  POST,
  TESTED,
  TEST_STANDS,
  took,
  WROTE,
  type Attempt,
} from '../../../test/false-completions.features.ts';
import { observed } from '../../../test/random-run.features.ts';
import * as example from '../../../test/run.features.ts';
import { atMs, type RunEvent } from '../../../test/run.features.ts';
import type { RunCommand } from './run.commands.ts';
import { runDecider } from './run.decide.ts';

/** The events of a run that takes these commands; what is refused adds nothing. */
function played(commands: readonly RunCommand[]): readonly RunEvent[] {
  const events: RunEvent[] = [];
  for (const command of commands) {
    const run = fold(runDecider, events);
    const decision = runDecider.decide(observed(command, run), run);
    if (decision.accepted) events.push(...decision.events);
  }
  return events;
}

const isDone = ({ predicate, subgoals, commands, claim, isErased }: Attempt): boolean => {
  const begun = played([example.start({ predicate, ...(subgoals ? { subgoals } : {}) }), ...commands]);
  const left = isErased ? begun.map(erasedForm) : begun;
  const run = fold(runDecider, left);
  const decision = runDecider.decide(claim ?? example.claim({ at: atMs(20_000) }), run);
  const events = decision.accepted ? [...left, ...decision.events] : left;
  return events.some(({ type }) => type === 'run.done');
};

describe('a run that is not done', () => {
  it.each(Object.entries(BATTERY))('is not done by %s', (_what, attempt) => {
    expect(isDone(attempt)).toBe(false);
  });

  it('is said to be done by none of all these', () => {
    const wrong = Object.values(BATTERY).filter(isDone);
    console.log(`false completions: ${wrong.length} of ${Object.keys(BATTERY).length}`);
    expect(wrong).toEqual([]);
    expect(Object.keys(BATTERY).length).toBeGreaterThanOrEqual(40);
  });
});

/** What the battery withholds, given: each attempt becomes true by the deed that was missing, so that none of them fails for another reason. */
const MADE_GOOD: Readonly<Record<string, Attempt>> = {
  'a deed': { predicate: WROTE, commands: took('s1', POST) },
  'a test after the change': {
    predicate: TESTED,
    commands: [...took('s1', GET), ...took('s2', POST), ...took('s3', GET)],
  },
  'a test, and a change that failed': {
    predicate: TESTED,
    commands: [...took('s1', GET), ...took('s2', POST, example.FAILED)],
  },
  'a test, and a change that was denied': {
    predicate: TESTED,
    commands: [...took('s1', GET), asked('s2', { ...POST, verdict: example.DENIED })],
  },
  'a deed, and a failure made good': {
    predicate: all(WROTE, TEST_STANDS),
    commands: [...took('s2', GET, example.FAILED), ...took('s3', { capability: LIST }), ...took('s1', POST)],
  },
  'the newest result': {
    predicate: newest(200),
    commands: [...took('s1', GET, example.answered(404)), ...took('s2', GET, example.answered(200))],
  },
  'a deed and a note': {
    predicate: all(WROTE, { kind: 'memory_equals', key: 'a', value: 'yes' }),
    commands: [...took('s1', POST), example.note('a', 'no'), example.note('a', 'yes')],
  },
  'a person, and what stayed as it was while they were asked': {
    predicate: all(newest(200), { kind: 'manual' }),
    commands: [
      ...took('s1', GET, example.answered(200)),
      ...[asked('s2', GET), example.claim(), ended('s2', example.answered(200))],
    ],
    claim: example.complete(),
  },
  'a deed and a person': {
    predicate: all(WROTE, { kind: 'manual' }),
    commands: [...took('s1', POST), example.claim()],
    claim: example.complete(),
  },
  'every subgoal in its turn': {
    ...{ predicate: { kind: 'subgoals_done' }, subgoals: [example.subgoal('g1'), example.subgoal('g2')] },
    commands: ['g1', 'g2'].flatMap((id, at) => [...took(`s${at}`, GET), example.claim({ subgoalId: id })]),
  },
  'a deed that was erased': { predicate: WROTE, commands: took('s1', POST), isErased: true },
  'a result that was erased': {
    predicate: newest(200),
    commands: took('s1', GET, example.answered(200)),
    isErased: true,
  },
  'a note that was erased': {
    predicate: all(WROTE, { kind: 'memory_equals', key: 'a', value: 'yes' }),
    ...{ commands: [...took('s1', POST), example.note('a', 'yes')], isErased: true },
  },
};

describe('a run that is done', () => {
  it.each(Object.entries(MADE_GOOD))('is done by %s', (_what, attempt) => {
    expect(isDone(attempt)).toBe(true);
  });
});
