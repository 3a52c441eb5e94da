import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseRules } from './cedar-rules.ts';
import { wildcardProblem } from './host-patterns.ts';

const permit = (when: string, annotations = '') =>
  parseRules(
    'policy.cedar',
    `@id("x")${annotations} permit (principal, action == Action::"network.http-fetch", resource) when { ${when} };`,
    'permit',
  );

describe('a host pattern', () => {
  it.each(['*.example.org', '*.api.example.co.uk', '*.xn--bcher-kva.example', '*.my-org.github.io'])(
    'may be %s',
    (pattern) => {
      expect(wildcardProblem(pattern)).toBeUndefined();
    },
  );
  it.each([
    ...['*', '*.', '*.*', '*example.org', '*.*.example.org', 'a.*.example.org', '*.example.*', 'www.example.org'],
    ...['*.com', '*.co.uk', '*.github.io', '*.s3.amazonaws.com', '*.example', '*.localhost', '*.kobe.jp'],
    ...['*.Example.org', '*.example.org.', '*.b\u00fccher.example', '*.127.0.0.1', '*.example.org:443', '*.a/b.org'],
  ])('may not be %s', (pattern) => {
    expect(wildcardProblem(pattern)).toBeDefined();
  });

  it('is looked for in every permit, wherever it stands', () => {
    expect(permit('resource.host like "*.example.org"').problems).toEqual([]);
    expect(permit('context.path like "/a/*"').problems).toEqual([]);
    for (const when of [
      'resource.host like "*.com"',
      '!(resource.host like "*.com")',
      'context.method == "GET" && (resource.port == 1 || resource.host like "*github.io")',
    ])
      expect(permit(when).problems).toMatchObject([{ message: expect.stringContaining('is not a pattern for hosts') }]);
  });

  it('may be anything in a forbid, which can only take away', () => {
    const text =
      '@id("x") forbid (principal, action == Action::"network.http-fetch", resource) when { resource.host like "*.com" };';
    expect(parseRules('constitution.cedar', text, 'forbid').problems).toEqual([]);
  });

  const file = fileURLToPath(new URL('../../../../shared/vectors/egress/psl/test_psl.txt', import.meta.url));
  it('is refused for every public suffix of the published list of cases, and for nothing that has an owner', () => {
    const text = existsSync(file)
      ? readFileSync(file, 'utf8')
      : "checkPublicSuffix('com', null);\ncheckPublicSuffix('example.com', 'example.com');";
    const cases = [...text.matchAll(/^checkPublicSuffix\('([^']+)', (?:null|'([^']+)')\)/gm)].map(
      ([, name = '', owner]) => ({
        name,
        owner,
      }),
    );
    const canonical = cases.filter(({ name }) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(name));
    process.stdout.write(
      `egress vectors: ${canonical.length} of ${cases.length} from psl (the others are not canonical hosts)\n`,
    );
    expect(canonical.length).toBeGreaterThan(0);
    for (const { name } of cases.filter((one) => !canonical.includes(one)))
      expect(wildcardProblem(`*.${name}`)).toBeDefined();
    expect(
      canonical.filter(({ name, owner }) => (wildcardProblem(`*.${name}`) === undefined) !== (owner !== undefined)),
    ).toEqual([]);
  });
});

describe('what a rule holds', () => {
  it('are all its texts, and the types that it takes', () => {
    const { rules } = permit(
      'resource.host == "api.example.org" || ["a.example.org", "b.example.org"].contains(resource.host)',
      '@contentTypes("text/*, application/json")',
    );
    expect(rules[0]?.literals.toSorted()).toEqual(['a.example.org', 'api.example.org', 'b.example.org']);
    expect(rules[0]?.contentTypes).toEqual(['text/*', 'application/json']);
  });
  it.each(['', 'json', 'text/html; charset=utf-8', '*/*'])('are no types like "%s"', (types) => {
    expect(permit('context.method == "GET"', `@contentTypes("${types}")`).problems).toHaveLength(1);
  });
});
