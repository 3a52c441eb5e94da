import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { history, OTHER_SESSION, subgoal } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';

const { given } = specification(runDecider);
const NOTHING = { accepted: true, events: [] };
const refusedWith = (code: string) => ({ accepted: false, rejection: { code } });
const equals = { kind: 'memory_equals' as const, key: 'a', value: 'yes' };
const start = example.start({ predicate: { kind: 'all_of', all_of: [{ kind: 'state_exists', key: 'a' }, equals] } });

describe('a note', () => {
  it('records which leaves it holds for, because its value can be erased', () => {
    const yes = given(...history(start)).when(example.note('a', 'yes'));
    expect(yes).toMatchObject({ events: [{ type: 'run.noted', data: { key: 'a', value: 'yes', matches: [0, 1] } }] });
    expect(given(...history(start)).when(example.note('a', 'no'))).toMatchObject({
      events: [{ data: { matches: [0] } }],
    });
    const other = given(...history(start)).when(example.note('b', 'yes'));
    expect(other).toMatchObject({ events: [{ data: { key: 'b' } }] });
    expect(JSON.stringify(other)).not.toContain('matches');
  });

  it('adds nothing when it says the same again, and stands when it says something else', () => {
    const noted = history(start, example.note('a', 'yes'));
    expect(given(...noted).when(example.note('a', 'yes'))).toEqual(NOTHING);
    expect(given(...noted).when(example.note('a', 'no'))).toMatchObject({ events: [{ data: { value: 'no' } }] });
  });

  it('is taken again when a subgoal has come up since: what was noted before does not count for it', () => {
    const noted = history(
      example.start(),
      example.note('a', 'yes'),
      example.addSubgoals([subgoal('g1', { predicate: equals })]),
    );
    expect(given(...noted).when(example.note('a', 'yes'))).toMatchObject({
      events: [{ data: { subgoalMatches: [0] } }],
    });
  });

  it('is refused from elsewhere, while the run is paused, and when it is over', () => {
    for (const more of [{ sessionId: OTHER_SESSION }, { by: 'impostor' }])
      expect(given(...history(start)).when(example.note('a', 1, more))).toMatchObject(refusedWith('RUN_NOT_FOUND'));
    const paused = history(start, example.request('s1', { verdict: example.asks() }));
    expect(given(...paused).when(example.note('a', 1))).toMatchObject(refusedWith('RUN_PAUSED'));
    expect(given(...history(start, example.cancel('operator'))).when(example.note('a', 1))).toMatchObject(
      refusedWith('RUN_NOT_ACTIVE'),
    );
  });

  it('is one of at most 256, of which each can be noted anew', () => {
    const full = history(start, ...Array.from({ length: 256 }, (_, n) => example.note(`k${n}`, n)));
    expect(given(...full).when(example.note('one-more', 1))).toMatchObject(refusedWith('NOTES_FULL'));
    expect(given(...full).when(example.note('k0', 'new'))).toMatchObject({ events: [{ type: 'run.noted' }] });
    expect(given(...full).when(example.note('constructor', 1))).toMatchObject(refusedWith('NOTES_FULL'));
  });
});
