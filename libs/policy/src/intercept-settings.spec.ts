import { parsePack, type PolicyPack } from './pack.ts';
import { PackInvalidError } from './pack-problems.ts';

/** The pack whose `egress:` also says this. */
const packWith = (egress: object): PolicyPack =>
  parsePack(
    {
      'pack.yaml': JSON.stringify({
        ...{ id: 'test', version: '1', description: 'For tests.', destinations: [] },
        limits: { maxSteps: 1, defaultSteps: 1, maxWallClockMs: 1_000, defaultWallClockMs: 1_000 },
        approvals: { expiresAfterMs: 1_000 },
        egress: { maxRequestBytes: 100, maxResponseBytes: 100, timeoutMs: 1_000, maxRedirects: 1, ...egress },
      }),
      'constitution.cedar': '',
      'policy.cedar': '',
    },
    {},
  );

describe('a pack', () => {
  it('looks into no tunnels unless it says so', () => {
    expect(packWith({}).egress.intercept).toEqual([]);
  });

  it('looks into tunnels to hosts, to what is below a name however wide, or to all', () => {
    const intercept = ['a.example.org', '*.example.net', '*.com', '*'];
    expect(packWith({ intercept }).egress.intercept).toEqual(intercept);
  });

  it.each([
    'A.example.org',
    'a.example.org.',
    '*.*.example.org',
    '*a.example.org',
    'a.*.org',
    '10.0.0.1',
    '[::1]',
    'a.example.org:443',
    'https://a.example.org',
    '*.',
    '',
  ])('does not take for a host what no tunnel names: %j', (host) => {
    expect(() => packWith({ intercept: [host] })).toThrow(PackInvalidError);
  });
});
