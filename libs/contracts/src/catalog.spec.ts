import { CAPABILITIES, EVENT_CONTRACTS } from './catalog.ts';
import { appendBy } from './audit-ledger/commands.ts';
import { ERROR_CODES, isRetryable, type ErrorCode } from './errors.ts';
import { httpFetch } from './egress-proxy/capabilities.ts';
import { problemOf, Problem } from './problem.ts';
import { parseSubject, subjectOf } from './subjects.ts';

const types = [...EVENT_CONTRACTS.keys()];
/** Past tense that does not end in -ed, and the states that a run ends in. */
const IRREGULAR = ['drawn', 'held', 'heard', 'done', 'unknown', 'withdrawn'];

describe('every event type', () => {
  it.each(types)('%s is a noun and one word of the past, and has a subject', (type) => {
    const [noun, past, ...rest] = type.split('.');
    expect(rest).toEqual([]);
    expect(noun).toMatch(/^[a-z]+$/);
    expect(IRREGULAR.includes(past!) || /^[a-z]+ed$/.test(past!)).toBe(true);
    const subject = subjectOf({ kind: 'audit', type, scope: 'run_1' });
    expect(parseSubject(subject)).toEqual({ kind: 'audit', type, scope: 'run_1' });
  });

  it('is listed under its own name, with a schema version from 1 on', () => {
    for (const [name, { type, schema }] of EVENT_CONTRACTS) {
      expect(type).toBe(name);
      expect(schema).toBeGreaterThanOrEqual(1);
    }
  });

  it('belongs to one owner by its noun, so that the writer decides which nouns may be written', () => {
    const owners = new Map<string, string>();
    for (const { type, owner } of EVENT_CONTRACTS.values()) {
      const noun = type.split('.')[0]!;
      expect(owners.get(noun) ?? owner).toBe(owner);
      owners.set(noun, owner);
      expect(parseSubject(appendBy(owner).subject)).toEqual({ kind: 'append', writer: owner });
    }
  });
});

describe('every capability', () => {
  const capabilities = [...CAPABILITIES.values()];

  it.each(capabilities.map((capability) => [capability.id, capability] as const))(
    '%s has a subject of its own',
    (id, { call, owner }) => {
      expect(call.owner).toBe(owner);
      expect(parseSubject(call.subject)).toEqual({ kind: 'capability', owner, capability: id });
    },
  );

  it('is refused for a grant that does not fit', () => {
    for (const { rejections } of capabilities) {
      expect(rejections).toEqual(expect.arrayContaining(['GRANT_EXPIRED', 'GRANT_MISMATCH']));
    }
  });

  it('says that only what writes must not be repeated', () => {
    const input = { url: 'https://example.org', headers: {} };
    expect(httpFetch.effectsOf({ ...input, method: 'POST' })).toBe('writes');
    expect(httpFetch.effectsOf({ ...input, method: 'GET' })).toBe('reads');
  });
});

describe('every error code', () => {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];

  it.each(codes)('%s is a state of the world with an HTTP status and a title', (code) => {
    const { httpStatus, title } = ERROR_CODES[code];
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(httpStatus).toBeGreaterThanOrEqual(400);
    expect(httpStatus).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
  });

  it('has a title of its own', () => {
    expect(new Set(codes.map((code) => ERROR_CODES[code].title)).size).toBe(codes.length);
  });

  it('may pass by itself exactly where the status says so, the caller being able to do nothing else', () => {
    for (const code of codes)
      if (ERROR_CODES[code].httpStatus === 503) expect([code, isRetryable(code)]).toEqual([code, true]);
    for (const code of codes)
      if (ERROR_CODES[code].httpStatus === 400) expect([code, isRetryable(code)]).toEqual([code, false]);
  });

  it.each(codes)('%s becomes a problem document that fits its schema', (code) => {
    const rejection = {
      code,
      detail: 'why',
      rule: 'r',
      errors: [{ path: 'a', message: 'b' }],
      allowed: ['x'],
      facts: { n: 1 },
    };
    const problem = problemOf(rejection, '/v1/runs');
    expect(Problem.parse(problem)).toEqual(problem);
    expect(problem).toMatchObject({ ...rejection, status: ERROR_CODES[code].httpStatus, instance: '/v1/runs' });
  });
});
