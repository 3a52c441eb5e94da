import fc from 'fast-check';
import { parseSubject, subjectOf, type SubjectParts } from './subjects.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const dashed = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('-'));

const parts: fc.Arbitrary<SubjectParts> = fc.oneof(
  fc.record({ kind: fc.constantFrom('command' as const, 'query' as const), owner: dashed, name: dashed }),
  fc.record({
    kind: fc.constant('capability' as const),
    owner: dashed,
    capability: fc.tuple(word, dashed).map(([a, b]) => `${a}.${b}`),
  }),
  fc.record({ kind: fc.constant('announce' as const), provider: dashed }),
  fc.record({ kind: fc.constant('stream' as const), owner: dashed, runId: word, stepId: dashed }),
  fc.record({ kind: fc.constantFrom('append' as const, 'append-all' as const), writer: dashed }),
  fc.record({
    kind: fc.constant('audit' as const),
    type: fc.tuple(word, dashed).map(([a, b]) => `${a}.${b}`),
    scope: fc.stringMatching(/^[a-z]{3}_[0-9a-z]{26}$/),
  }),
);

describe('subjects', () => {
  it('come back as the parts they were made of', () => {
    fc.assert(fc.property(parts, (given) => expect(parseSubject(subjectOf(given))).toEqual(given)));
  });

  it('refuse a part that would change the meaning of the subject', () => {
    for (const name of ['a.b', '*', '>', '', 'a b']) {
      expect(() => subjectOf({ kind: 'command', owner: 'gateway', name })).toThrow(RangeError);
    }
    expect(() => subjectOf({ kind: 'audit', type: 'run.started', scope: 'run.*' })).toThrow(RangeError);
    expect(() => subjectOf({ kind: 'audit', type: 'run', scope: 'x' })).toThrow(RangeError);
  });

  it('know nothing of foreign subjects', () => {
    for (const subject of ['audit.run', 'foo.bar.baz', 'cmd.a', 'cmd.a.b.c', 'cmd.a.*', '$JS.API.INFO']) {
      expect(parseSubject(subject)).toBeUndefined();
    }
  });
});
