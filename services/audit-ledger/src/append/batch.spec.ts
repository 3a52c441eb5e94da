import type { Outcome } from './batch.ts';
import { knownLog, preparedOf, type Step } from './batch.features.ts';

const step = (
  append: string,
  change: Partial<Step> & { stream?: string; expected?: Step['writes'][number]['expected'] } = {},
) => {
  const { stream = 's', expected = 'any', ...rest } = change;
  return preparedOf({ append, content: 1, writes: [{ stream, expected, ids: [`${append}-1`] }], ...rest });
};
const told = (outcomes: readonly Outcome[]): unknown[] =>
  outcomes.map((outcome) =>
    outcome.kind === 'refused'
      ? outcome.rejection.code
      : [outcome.kind, outcome.answer.firstPosition, outcome.answer.versions],
  );

describe('planBatch', () => {
  it('gives places in order of arrival, without gaps', () => {
    const outcomes = knownLog().plan([step('a'), step('b', { stream: 't' }), step('c')]);
    expect(told(outcomes)).toEqual([
      ['sealed', 0, { s: 1 }],
      ['sealed', 1, { t: 1 }],
      ['sealed', 2, { s: 2 }],
    ]);
  });

  it('refuses a conflict without letting the others feel it', () => {
    const outcomes = knownLog().plan([
      step('a', { expected: 'none' }),
      step('b', { expected: 'none' }),
      step('c', { expected: 1 }),
    ]);
    expect(told(outcomes)).toEqual([['sealed', 0, { s: 1 }], 'VERSION_CONFLICT', ['sealed', 1, { s: 2 }]]);
  });

  it('says what the version is', () => {
    const [, refused] = knownLog().plan([step('a'), step('b', { expected: 4 })]);
    expect(refused).toMatchObject({ rejection: { facts: { stream: 's', version: 1, expected: 4 } } });
  });

  it('writes to several streams or to none', () => {
    const writes = (one: 'none' | 'any', other: 'none' | 'any', ids: string[]): Step['writes'] => [
      { stream: 's', expected: one, ids: ids.slice(0, 1) },
      { stream: 't', expected: other, ids: ids.slice(1) },
    ];
    const outcomes = knownLog().plan([
      step('a', { stream: 't' }),
      step('b', { writes: writes('none', 'none', ['b1', 'b2']) }),
      step('c', { writes: writes('none', 'any', ['c1', 'c2']) }),
    ]);
    expect(told(outcomes)).toEqual([['sealed', 0, { t: 1 }], 'VERSION_CONFLICT', ['sealed', 1, { s: 1, t: 2 }]]);
  });

  it('gives the same append again its first answer, within a batch and later, though its expectation is stale', () => {
    const log = knownLog();
    const append = step('a', { expected: 'none' });
    expect(told(log.plan([append, append]))).toEqual([
      ['sealed', 0, { s: 1 }],
      ['repeated', 0, { s: 1 }],
    ]);
    expect(told(log.plan([step('b'), append]))).toEqual([
      ['sealed', 1, { s: 2 }],
      ['repeated', 0, { s: 1 }],
    ]);
  });

  it('knows the same events under another append id', () => {
    const log = knownLog();
    log.plan([step('a')]);
    const again = preparedOf({ append: 'z', content: 1, writes: [{ stream: 's', expected: 'any', ids: ['a-1'] }] });
    expect(told(log.plan([again]))).toEqual([['repeated', 0, { s: 1 }]]);
  });

  it('refuses an append id and an event id that stand for other content', () => {
    const log = knownLog();
    const sameAppend = step('a', { content: 2 });
    const sameEvent = preparedOf({ append: 'z', content: 2, writes: [{ stream: 't', expected: 'any', ids: ['a-1'] }] });
    expect(told(log.plan([step('a'), sameAppend, sameEvent])).slice(1)).toEqual(['EVENT_ID_REUSED', 'EVENT_ID_REUSED']);
    expect(told(log.plan([sameAppend, sameEvent]))).toEqual(['EVENT_ID_REUSED', 'EVENT_ID_REUSED']);
  });

  it('tells which outcomes hold only once the batch is committed', () => {
    const log = knownLog();
    log.plan([step('old'), step('other', { stream: 't' })]);
    const outcomes = log.plan([
      step('old'),
      step('b', { stream: 't', expected: 'none' }),
      step('c'),
      step('c'),
      step('d', { expected: 1 }),
    ]);
    expect(outcomes.map(({ kind, dependsOnBatch }) => [kind, dependsOnBatch])).toEqual([
      ['repeated', false],
      ['refused', false],
      ['sealed', true],
      ['repeated', true],
      ['refused', true],
    ]);
  });
});
