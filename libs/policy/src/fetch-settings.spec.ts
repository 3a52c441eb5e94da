import { fetchLimits } from './fetch-settings.ts';
import { PackInvalidError, problemLines } from './pack-problems.ts';
import { packOf, permit } from './policy.features.ts';

const RULES = permit('docs', 'network.http-fetch') + permit('keep', 'resource.ingest');
const withFetch = (fetch: string) => packOf(RULES, { settings: `fetch:\n  ${fetch}\n` });

function problemsOf(fetch: string): readonly string[] {
  try {
    withFetch(fetch);
    return [];
  } catch (error) {
    return error instanceof PackInvalidError ? error.problems.flatMap(problemLines) : [String(error)];
  }
}

describe('what one rule keeps to', () => {
  it('is what the pack says of it, and what egress says where it says nothing', () => {
    const pack = withFetch('docs: { maxResponseBytes: 50, redirects: same-origin }');
    const general = {
      maxRequestBytes: 100,
      maxResponseBytes: 200,
      timeoutMs: 1000,
      maxRedirects: 3,
      redirects: 'rules',
    };
    expect(fetchLimits(pack, 'docs')).toEqual({ ...general, maxResponseBytes: 50, redirects: 'same-origin' });
    expect(fetchLimits(pack, 'other')).toEqual(general);
    expect(fetchLimits(pack, 'constructor')).toEqual(general);
  });

  it.each([
    [
      'docs: { maxResponseBytes: 201 }',
      /^pack\.yaml:9 fetch\.docs\.maxResponseBytes: must not be above egress\.maxResponseBytes, which is 200$/,
    ],
    ['docs: { timeoutMs: 2000 }', /must not be above egress\.timeoutMs/],
    ['dosc: { maxRedirects: 1 }', /^pack\.yaml:9 fetch\.dosc is not a rule that permits requests$/],
    ['keep: { maxRedirects: 1 }', /fetch\.keep is not a rule that permits requests/],
    ['docs: { maxRequestBytse: 1 }', /Unrecognized key/],
  ])('is refused as %s', (fetch, problem) => {
    expect(problemsOf(fetch)[0]).toMatch(problem);
  });
});

describe('a problem in a pack', () => {
  it.each([
    ['resource.hots == "a.example.org"', /hint: attributes that rules can speak of: .*resource\.host.*context\.path/],
    ['context.path ==', /hint: a rule is @id/],
  ])('comes with a hint: %s', (when, hint) => {
    try {
      packOf(permit('docs', 'network.http-fetch', when));
      throw new Error('it was taken');
    } catch (error) {
      expect((error as Error).message).toMatch(hint);
    }
  });

  it('names the actions and entity types there are', () => {
    expect(() => packOf(permit('docs', 'network.fetch'))).toThrow(/hint: actions: "network\.http-fetch"/);
    expect(problemsOf('dosc: {}').join('\n')).toMatch(/hint: name a permit/);
  });
});
