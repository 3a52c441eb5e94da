import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Predicate, PREDICATE_KINDS } from '@causeway/contracts';
import { fold } from '@causeway/eventing';
import { repositoryRoot } from '@causeway/provisioning';
import { observed } from '../../../../test/random-run.features.ts';
import * as example from '../../../../test/run.features.ts';
import type { RunEvent } from '../../../../test/run.features.ts';
import type { RunCommand, StepFate } from '../run.commands.ts';
import { runDecider } from '../run.decide.ts';

const page = readFileSync(join(repositoryRoot, 'docs', 'predicates.md'), 'utf8');
const blocks = [...page.matchAll(/```json\n([^]*?)```/g)].map(([, json]) => Predicate.parse(JSON.parse(json ?? '')));
const documented = (kind: string): Predicate => {
  const section = new RegExp(`### ${kind}\n\n\`\`\`json\n([^]*?)\`\`\``).exec(page)?.[1];
  return Predicate.parse(JSON.parse(section ?? ''));
};

const took = (id: string, is: StepFate = example.SUCCEEDED, more: object = {}): RunCommand[] => [
  example.request(id, more),
  example.fate(id, is),
];
const CLAIM = example.claim();
const LIST = { capability: 'resource.list' };
const QUEUE = [example.subgoal('g1')];

/** How the run stands after these commands and a claim: `done`, `paused` for a person, or `active` because the claim was refused. */
function after(predicate: Predicate, commands: readonly RunCommand[]): string {
  const events: RunEvent[] = [];
  const start = example.start({ predicate, ...(predicate.kind === 'subgoals_done' ? { subgoals: QUEUE } : {}) });
  for (const command of [start, ...commands]) {
    const run = fold(runDecider, events);
    const decision = runDecider.decide(observed(command, run), run);
    if (decision.accepted) events.push(...decision.events);
  }
  const run = fold(runDecider, events);
  return run.kind === 'none' ? 'none' : run.phase.state;
}

type Scene = {
  readonly holds?: readonly RunCommand[];
  readonly asks?: readonly RunCommand[];
  readonly not?: readonly RunCommand[];
};
/** For each kind, on the example of the page: what makes it hold, and what does not. */
const SCENES: Readonly<Record<Predicate['kind'], Scene>> = {
  manual: { asks: [CLAIM], holds: [CLAIM, example.complete()] },
  never: { not: [...took('s1'), CLAIM] },
  always: { holds: [CLAIM] },
  capability_succeeded: { not: [...took('s1'), CLAIM], holds: [...took('s1'), ...took('s2'), CLAIM] },
  capability_failed: { not: [...took('s1'), CLAIM], holds: [...took('s1', example.FAILED), CLAIM] },
  metadata_matches: {
    not: [...took('s1', example.answered(404)), CLAIM],
    holds: [...took('s1', example.answered(200)), CLAIM],
  },
  state_exists: { not: [example.note('other', 1), CLAIM], holds: [example.note('summary', 'short'), CLAIM] },
  memory_equals: { not: [example.note('phase', 'draft'), CLAIM], holds: [example.note('phase', 'published'), CLAIM] },
  subgoals_done: { not: [...took('s1'), CLAIM], holds: [...took('s1'), example.claim({ subgoalId: 'g1' }), CLAIM] },
  all_of: { not: [...took('s1'), CLAIM], holds: [...took('s1'), example.note('summary', 'short'), CLAIM] },
  any_of: { not: [CLAIM], holds: [...took('s1', example.SUCCEEDED, LIST), CLAIM] },
  not: { not: [...took('s1', example.FAILED), CLAIM], holds: [...took('s1'), CLAIM] },
};

describe('the page on predicates', () => {
  it('has an example of every kind, all of which are predicates', () => {
    expect(PREDICATE_KINDS.map((kind) => documented(kind).kind)).toEqual(PREDICATE_KINDS);
    expect(blocks).toHaveLength(PREDICATE_KINDS.length + 2);
  });

  it.each(PREDICATE_KINDS)('says of %s what is so', (kind) => {
    const { holds, asks, not } = SCENES[kind];
    const predicate = documented(kind);
    if (holds) expect(after(predicate, holds)).toBe('done');
    if (asks) expect(after(predicate, asks)).toBe('paused');
    if (not) expect(after(predicate, not)).toBe('active');
  });

  it('says what is so of evidence that becomes stale, and of a failure that is made good', () => {
    const [fresh, madeGood] = blocks as [Predicate, Predicate];
    const write = { input: { method: 'POST' } };
    expect(after(fresh, [...took('s1'), ...took('s2', example.SUCCEEDED, write), CLAIM])).toBe('active');
    expect(after(fresh, [...took('s1'), ...took('s2', example.SUCCEEDED, write), ...took('s3'), CLAIM])).toBe('done');
    expect(after(madeGood, [...took('s1', example.FAILED), CLAIM])).toBe('active');
    expect(after(madeGood, [...took('s1', example.FAILED), ...took('s2'), CLAIM])).toBe('done');
  });
});
