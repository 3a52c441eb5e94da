/** What no file of the repository may hold, and where: the project works on any machine, and promises nothing that it leaves undone. */
type Forbidden = { readonly what: string; readonly pattern: RegExp; readonly in?: RegExp };

/** The forbidden words are put together from parts, so that this file does not hold them. */
const word = (...parts: readonly string[]): string => parts.join('');

/** `/home/someone` is nobody's, and `/home/node` belongs to the official container image. */
const BEFORE_PATH = String.raw`(?:^|[\s"'\x60(=:,\[]|file:\/\/)`;
const LOCK_FILE = /(^|\/)package-lock\.json$/;
const SPEC_FILE = /\.spec\.ts$/;
const TEST_BLOCKS = '(?:describe|it|test)';

const FORBIDDEN: readonly Forbidden[] = [
  {
    what: 'an absolute path of one machine',
    pattern: new RegExp(
      `${BEFORE_PATH}/(?:${word('wo', 'rk')}|${word('ro', 'ot')}|home/(?!someone\\b|node\\b)[a-z][\\w.-]*)(?:/|\\b)`,
    ),
  },
  {
    what: 'the name of a package registry',
    pattern: new RegExp(
      String.raw`\bregistry\.(?!npmjs\.org/)[\w-]+\.\w+|\b${word('art', 'ifactory')}\b|\b${word('ne', 'xus')}\.\w+\.\w+`,
      'i',
    ),
  },
  {
    what: 'the name of a package registry outside a lock file',
    pattern: new RegExp(String.raw`\bregistry\.${word('npm', 'js')}\.org\b`),
    in: /^(?!.*package-lock\.json$)/,
  },
  { what: 'something left undone', pattern: new RegExp(String.raw`\b(?:${word('TO', 'DO')}|${word('FIX', 'ME')})\b`) },
  {
    what: 'a test that hides others or is skipped',
    pattern: new RegExp(
      String.raw`\b${TEST_BLOCKS}\.(?:only|skip|todo|failing)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\(`,
    ),
    in: SPEC_FILE,
  },
  {
    what: 'a suppressed check',
    pattern: new RegExp(
      `${word('eslint-', 'disable')}|@${word('ts-', 'ignore')}|@${word('ts-', 'nocheck')}|${word('prettier-', 'ignore')}\\b`,
    ),
    in: /\.(ts|mjs|js)$/,
  },
];

/** Complaints about one file, each with its line. */
export function forbiddenIn(path: string, text: string): readonly string[] {
  const rules = FORBIDDEN.filter((rule) => !rule.in || rule.in.test(path)).filter(
    (rule) => !LOCK_FILE.test(path) || rule.what.includes('registry'),
  );
  return text
    .split('\n')
    .flatMap((line, i) =>
      rules.filter(({ pattern }) => pattern.test(line)).map(({ what }) => `${path}:${i + 1}: ${what}`),
    );
}
