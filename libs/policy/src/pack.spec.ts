import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadPack, parsePack, PACK_FILES } from './pack.ts';
import { PackInvalidError, type PackProblem } from './pack-problems.ts';

const deployed = fileURLToPath(new URL('../../../deploy/policy/', import.meta.url));

const YAML = `id: test
version: '1'
description: For tests.
limits: { maxSteps: 10, defaultSteps: 5, maxWallClockMs: 60000, defaultWallClockMs: 60000 }
approvals: { expiresAfterMs: 60000 }
destinations:
  - name: wiki
    host: \${CAUSEWAY_WIKI_HOST:-wiki.internal}
    address: 10.0.0.5
    port: 8080
egress: { maxRequestBytes: 100, maxResponseBytes: 100, timeoutMs: 1000, maxRedirects: 1 }
`;
const CONSTITUTION = `@id("never")
forbid (principal, action == Action::"network.http-fetch", resource)
when { resource.scheme == "http" };
`;
const POLICY = `// what is allowed
@id("read")
permit (principal, action == Action::"network.http-fetch", resource);

@id("keep")
@approval("human")
permit (principal, action == Action::"resource.ingest", resource);
`;
const files = { 'pack.yaml': YAML, 'constitution.cedar': CONSTITUTION, 'policy.cedar': POLICY };

function problemsOf(changed: Readonly<Record<string, string | undefined>>, env = {}): readonly PackProblem[] {
  const all = Object.fromEntries(Object.entries({ ...files, ...changed }).filter(([, text]) => text !== undefined));
  try {
    parsePack(all as Record<string, string>, env);
  } catch (error) {
    if (error instanceof PackInvalidError) return error.problems;
    throw error;
  }
  return [];
}

describe('a policy pack', () => {
  it('has its settings, and its rules with their places', () => {
    const pack = parsePack(files, {});
    expect(pack).toMatchObject({ id: 'test', version: '1', limits: { maxSteps: 10 } });
    expect(pack.destinations).toEqual([{ name: 'wiki', host: 'wiki.internal', address: '10.0.0.5', port: 8080 }]);
    expect(pack.rules.map(({ id, effect, approval, file, line }) => ({ id, effect, approval, file, line }))).toEqual([
      { id: 'never', effect: 'forbid', approval: false, file: 'constitution.cedar', line: 1 },
      { id: 'read', effect: 'permit', approval: false, file: 'policy.cedar', line: 2 },
      { id: 'keep', effect: 'permit', approval: true, file: 'policy.cedar', line: 5 },
    ]);
  });

  it('that says nothing of sessions and runs lets a session have one run, and nothing wait for ever', () => {
    expect(parsePack(files, {})).toMatchObject({
      sessions: { activeRuns: 'one' },
      runs: { agentLeaseMs: 900_000, maxLifeMs: 5_184_000_000, defaultPauseMs: 86_400_000, maxPauseMs: 2_592_000_000 },
    });
  });

  it.each([
    ['sessions: { activeRuns: any }', 'sessions.activeRuns'],
    ['runs: { agentLeaseMs: 0 }', 'runs.agentLeaseMs'],
    ['runs: { maxLifeMs: .inf }', 'runs.maxLifeMs'],
    ['runs: { defaultPauseMs: 5000, maxPauseMs: 4000 }', 'runs.defaultPauseMs'],
  ])('is refused with %s', (line, field) => {
    expect(problemsOf({ 'pack.yaml': `${YAML}${line}\n` })).toMatchObject([
      { message: expect.stringContaining(field) },
    ]);
  });

  it('keeps the order of its rules when there are more than ten', () => {
    const many = Array.from({ length: 12 }, (_, n) => `@id("r${n}")\npermit (principal, action, resource);`).join('\n');
    const pack = parsePack({ ...files, 'policy.cedar': many }, {});
    expect(pack.rules.slice(1).map(({ id, line }) => [id, line])).toEqual(
      Array.from({ length: 12 }, (_, n) => [`r${n}`, 2 * n + 1]),
    );
  });

  it('cannot be changed once loaded', () => {
    expect(() => Object.assign(parsePack(files, {}).limits!, { maxSteps: 99 })).toThrow(TypeError);
  });
});

describe('what approving takes', () => {
  const withApprovals = (approvals: string) => ({
    'pack.yaml': YAML.replace('{ expiresAfterMs: 60000 }', `{ expiresAfterMs: 60000, ${approvals} }`),
  });

  it('is one person who did not start it, unless the pack says more', () => {
    expect(parsePack(files, {}).approvals).toEqual({ expiresAfterMs: 60000, startersMayApprove: false, rules: {} });
    const pack = parsePack({ ...files, ...withApprovals('rules: { resource.ingest: { risk: high } }') }, {});
    expect(pack.approvals.rules['resource.ingest']).toEqual({ risk: 'high', quorum: 1, statement: false });
  });

  it.each([
    ['rules: { moon.land: { risk: high } }', 'approvals.rules.moon.land: is not a capability'],
    [
      'rules: { resource.get: { quorum: 2, approvers: [ann, ann] } }',
      'approvals.rules.resource.get.quorum: needs 2 approvers, and there are fewer',
    ],
  ])('is refused when it can never be right: %s', (approvals, message) => {
    expect(problemsOf(withApprovals(approvals))).toMatchObject([{ file: 'pack.yaml', message }]);
  });
});

describe("a pack's digest", () => {
  it('covers every file and the values that were substituted', () => {
    const digests = [
      parsePack(files, {}).digest,
      parsePack(files, { CAUSEWAY_WIKI_HOST: 'other.internal' }).digest,
      parsePack({ ...files, 'policy.cedar': `${POLICY}\n` }, {}).digest,
      parsePack({ ...files, 'constitution.cedar': CONSTITUTION.replace('never', 'never-ever') }, {}).digest,
      parsePack({ ...files, 'pack.yaml': YAML.replace('maxSteps: 10', 'maxSteps: 11') }, {}).digest,
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('does not depend on line ends, nor on variables that the pack does not use', () => {
    const windows = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, text.replaceAll('\n', '\r\n')]),
    );
    expect(parsePack(windows, { CAUSEWAY_OTHER: 'x' }).digest).toBe(parsePack(files, {}).digest);
  });

  it('is what sha256sum says of a pack without variables', async () => {
    const script = `${PACK_FILES.map((name) => `sha256sum ${name}`).join('; ')}`;
    const env = { CAUSEWAY_DEMO_CONTENT_HOST: '', CAUSEWAY_DEMO_CONTENT_ADDRESS: '', CAUSEWAY_DEMO_CONTENT_PORT: '' };
    const cwd = `${deployed}default`;
    const replaced = `sed -E 's/\\$\\{CAUSEWAY_[A-Z_]+:-([^}]*)\\}/\\1/'`;
    const lines = execFileSync(
      'sh',
      ['-c', script.replace('sha256sum pack.yaml', `${replaced} pack.yaml | sha256sum | sed 's/-$/pack.yaml/'`)],
      { cwd },
    );
    const expected = execFileSync('sha256sum', { input: lines }).toString().slice(0, 64);
    expect((await loadPack(cwd, env)).digest).toBe(expected);
  });
});

describe('a pack that cannot be used', () => {
  it('is refused with every problem in every file, each with its line', () => {
    const problems = problemsOf({
      'pack.yaml': YAML.replace('maxSteps: 10', 'maxSteps: 0').replace('port: 8080', 'port: 80800'),
      'constitution.cedar': '\n@id("x")\npermit (principal, action, resource);\n',
      'policy.cedar':
        '// éé\n@id("y")\npermit (principal, action == Action::"network.http-fetch", resource)\nwhen {\n  context.nope == "x" };\n',
    });
    expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'pack.yaml:4',
      'pack.yaml:4',
      'pack.yaml:10',
      'constitution.cedar:2',
      'policy.cedar:5',
    ]);
    expect(problems.at(-1)?.message).toMatch(/attribute `nope`/);
  });

  it('says so in one message a person can act on', () => {
    const error = new PackInvalidError([{ file: 'policy.cedar', line: 3, message: 'is wrong' }]);
    expect(error.message).toBe('the policy pack cannot be used:\n  policy.cedar:3 is wrong');
  });

  it.each([
    ['a missing file', { 'policy.cedar': undefined }, 'policy.cedar', 0, /missing/],
    ['a file without effect', { 'more.cedar': POLICY }, 'more.cedar', 0, /no effect/],
    [
      'a syntax error',
      { 'policy.cedar': '@id("x")\npermit (principal, action, resource)\nwhen {' },
      'policy.cedar',
      3,
      /unexpected/,
    ],
    ['a rule without id', { 'policy.cedar': 'permit (principal, action, resource);' }, 'policy.cedar', 1, /no @id/],
    [
      'an id that is no name',
      { 'policy.cedar': '@id("A b")permit (principal, action, resource);' },
      'policy.cedar',
      1,
      /must be lower-case/,
    ],
    [
      "an id of Causeway's own",
      { 'policy.cedar': '@id("default-deny")permit (principal, action, resource);' },
      'policy.cedar',
      1,
      /own/,
    ],
    [
      'an id twice',
      { 'policy.cedar': '@id("never")permit (principal, action, resource);' },
      'policy.cedar',
      1,
      /another rule/,
    ],
    [
      'a forbid among the permits',
      { 'policy.cedar': '@id("x")forbid (principal, action, resource);' },
      'policy.cedar',
      1,
      /constitution/,
    ],
    [
      'a misspelt annotation',
      { 'policy.cedar': '@id("x")@aproval("human")permit (principal, action, resource);' },
      'policy.cedar',
      1,
      /@aproval/,
    ],
    [
      'another approver than a human',
      { 'policy.cedar': '@id("x")@approval("robot")permit (principal, action, resource);' },
      'policy.cedar',
      1,
      /human/,
    ],
    [
      'an approval that would lift a forbid',
      { 'constitution.cedar': '@id("x")@approval("human")forbid (principal, action, resource);' },
      'constitution.cedar',
      1,
      /nothing overrides/,
    ],
    [
      'an action that does not exist',
      { 'policy.cedar': '@id("x")permit (principal, action == Action::"sudo", resource);' },
      'policy.cedar',
      1,
      /sudo/,
    ],
    [
      'a rule that can never apply',
      { 'policy.cedar': '@id("x")permit (principal, action == Action::"resource.get", resource is Destination);' },
      'policy.cedar',
      1,
      /./,
    ],
    [
      'a template',
      { 'policy.cedar': '\n@id("x")permit (principal == ?principal, action, resource);' },
      'policy.cedar',
      2,
      /templates/,
    ],
    ['a field that does not exist', { 'pack.yaml': `${YAML}extra: 1\n` }, 'pack.yaml', 1, /extra/],
    ['a key twice', { 'pack.yaml': `${YAML}id: again\n` }, 'pack.yaml', 12, /unique/],
    ['YAML that cannot be read', { 'pack.yaml': `${YAML}x: [1\n` }, 'pack.yaml', 13, /./],
    [
      'a default above its maximum',
      { 'pack.yaml': YAML.replace('defaultSteps: 5', 'defaultSteps: 11') },
      'pack.yaml',
      4,
      /above maxSteps/,
    ],
    [
      'a destination at a metadata address',
      { 'pack.yaml': YAML.replace('10.0.0.5', '169.254.169.254') },
      'pack.yaml',
      9,
      /can be named/,
    ],
    [
      'a host that is not canonical',
      { 'pack.yaml': YAML.replace('wiki.internal}', 'Wiki.internal}') },
      'pack.yaml',
      8,
      /lower case/,
    ],
    [
      'a variable without value and default',
      { 'pack.yaml': YAML.replace(':-wiki.internal', '') },
      'pack.yaml',
      8,
      /not set/,
    ],
    ['a variable that is not ours', { 'pack.yaml': YAML.replace('CAUSEWAY_WIKI', 'WIKI') }, 'pack.yaml', 8, /form/],
  ] as const)('is one with %s', (...[, changed, file, line, message]) => {
    const problems = problemsOf(changed);
    expect(problems).toContainEqual({ file, line, message: expect.stringMatching(message) as string });
  });

  it.each(['x: y\nid: other', 'a b', '"x"', '{a}', 'x#'])('is one whose variable is set to «%s»', (value) => {
    expect(problemsOf({}, { CAUSEWAY_WIKI_HOST: value })).toContainEqual(
      expect.objectContaining({ file: 'pack.yaml', line: 8, message: expect.stringMatching(/characters/) as string }),
    );
  });

  it('is a folder that is not there', async () => {
    await expect(loadPack(`${deployed}nowhere`, {})).rejects.toMatchObject({ code: 'PACK_INVALID' });
  });
});
