import { runBattery, type Face, type SetResult } from './battery/battery.ts';
import { ground, type Ground } from './battery/ground.ts';
import { attemptSets } from './battery/sets.ts';
import { callOf, world } from './calls.ts';
import { codeOf } from './sites.ts';

/** Truly public addresses in the published sets: dialling them is right, and they are all that may be dialled. */
const PUBLIC = new Set([
  // The attacker's own host in the lists of redirects, in eight spellings of which two are left once read.
  ...['216.58.214.206', '::ffff:d83a:d6ce'],
  // Examples for numbers in the URL standard: 1.2.3.4 and 999999999.
  ...['1.2.3.4', '59.154.201.255'],
  // What the sets give as examples of public addresses; 1.1.1.1 is denied there by a setting alone.
  ...['8.8.8.8', '8.8.9.8', '1.1.1.1', '2001:470:8:66::1', '2001:4860:4860::8888', '2606:4700:4700::1111'],
  // The neighbours of the shared block 100.64.0.0/10.
  ...['100.63.255.254', '100.128.0.1'],
  // Our own companion of the address in question, where a name has two.
  '198.41.0.4',
]);

const structuredFace = ({ policy, resolve, dial }: Ground): Face => {
  const { calls } = world({ policy, resolve, dial });
  const send: Face['send'] = async (request) => {
    // Half of a surrogate pair has no canonical JSON, so nobody can be given a grant for it.
    if (!JSON.stringify(request).isWellFormed() || !request.url.isWellFormed()) return 'NO_GRANT';
    return codeOf(await calls.make(callOf(policy, request)));
  };
  return { send };
};

const line = ({ set, count, codes, reached, canaryHits }: SetResult): string =>
  `egress battery: ${count} from ${set}: ${JSON.stringify(codes)}, ${reached.length} public dials, ${canaryHits} canary hits\n`;

describe('every published attempt, through the structured face', () => {
  let at: Ground;
  let results: readonly SetResult[];
  beforeAll(async () => {
    at = await ground(PUBLIC);
    results = await runBattery(structuredFace(at), at, attemptSets());
    process.stdout.write(results.map(line).join(''));
  }, 300_000);
  afterAll(() => at.close());

  it('never gets to the canary', () => {
    expect(results.length).toBeGreaterThan(20);
    expect(results.filter(({ count }) => count === 0)).toEqual([]);
    expect(results.filter(({ canaryHits }) => canaryHits > 0)).toEqual([]);
  });

  it('is answered by nobody but the allowed site', () => {
    expect(results.flatMap(({ answered }) => answered)).toEqual([]);
  });

  it('dials public addresses where the sets say that they are', () => {
    const reached = new Set(results.flatMap((result) => result.reached));
    expect([...reached].filter((ip) => !PUBLIC.has(ip))).toEqual([]);
  });

  it('is refused by a guard, not by a fault of our own', () => {
    expect(results.filter(({ codes }) => 'INTERNAL' in codes)).toEqual([]);
  });
});
