import { runBattery, type Face, type SetResult } from './battery/battery.ts';
import { ground, type Ground, type Tunnels } from './battery/ground.ts';
import { absoluteFace, connectFace, insideFace, type ProxyFace } from './battery/proxy-faces.ts';
import { PUBLIC } from './battery/public-addresses.ts';
import { attemptSets, PATHS_HOST, SITE, type Attempt, type AttemptSet } from './battery/sets.ts';
import { callOf, world } from './calls.ts';
import { codeOf } from './sites.ts';

const structuredFace = async ({ policy, resolve, dial }: Ground): Promise<ProxyFace> => {
  const { calls } = world({ policy, resolve, dial });
  const send: Face['send'] = async (request) => {
    // Half of a surrogate pair has no canonical JSON, so nobody can be given a grant for it.
    if (!JSON.stringify(request).isWellFormed() || !request.url.isWellFormed()) return 'NO_GRANT';
    return codeOf(await calls.make(callOf(policy, request)));
  };
  return { send, close: async () => undefined };
};

const told = ({ set, codes, reached, canaryHits, decidedInside }: SetResult): string => {
  const many = `${set.count} from ${set.name} (${set.attempts.length} different)`;
  return `${many}: ${JSON.stringify(codes)}, ${reached.length} public dials, ${decidedInside} decided inside of tunnels, ${canaryHits} canary hits`;
};

/** Whether a tunnel to where the attempt goes is admitted: what it asks for is then decided inside, whatever it is. */
const getsInside = ({ url, dns }: Attempt): boolean =>
  url === SITE || url.startsWith(`https://${PATHS_HOST}/`) || dns !== undefined;
/** Of fields alone some announce a body that never comes: those are decided when it is given up. */
const asksClearly = ({ name }: AttemptSet): boolean => !name.endsWith(' as fields');

describe.each<[string, Tunnels, (at: Ground) => Promise<ProxyFace>]>([
  ['fetch', 'relayed', structuredFace],
  ['absolute form', 'relayed', absoluteFace],
  ['CONNECT', 'relayed', connectFace],
  ['tunnels that are looked into', 'looked into', insideFace],
])('every published attempt, by way of %s', (name, tunnels, faceOf) => {
  let at: Ground;
  let face: ProxyFace;
  let results: readonly SetResult[];
  beforeAll(async () => {
    at = await ground(PUBLIC, tunnels);
    face = await faceOf(at);
    results = await runBattery(face, at, attemptSets());
    process.stdout.write(results.map((result) => `egress battery (${name}): ${told(result)}\n`).join(''));
  }, 300_000);
  afterAll(async () => {
    await face.close();
    await at.close();
  });

  it('never gets to the canary', () => {
    expect(results.length).toBeGreaterThan(20);
    expect(results.filter(({ set }) => set.attempts.length === 0)).toEqual([]);
    expect(results.filter(({ canaryHits }) => canaryHits > 0)).toEqual([]);
  });

  it('is answered by nobody but the allowed site', () => {
    expect(results.flatMap(({ answered }) => answered)).toEqual([]);
    expect(at.strays()).toEqual([]);
  });

  it('dials public addresses where the sets say that they are', () => {
    const reached = new Set(results.flatMap((result) => result.reached));
    expect([...reached].filter((ip) => !PUBLIC.has(ip))).toEqual([]);
  });

  it('is refused by a guard, not by a fault of our own', () => {
    expect(results.filter(({ codes }) => 'INTERNAL' in codes || 'NO_TLS' in codes)).toEqual([]);
  });

  it('is decided inside of tunnels where they are looked into, and nowhere else', () => {
    const inside = results.filter(({ set }) => asksClearly(set) && set.attempts.some(getsInside));
    expect(inside.length).toBeGreaterThan(10);
    const expected = ({ set }: SetResult) => (tunnels === 'relayed' ? 0 : set.attempts.filter(getsInside).length);
    expect(inside.filter((result) => result.decidedInside < expected(result)).map(told)).toEqual([]);
    expect(results.some(({ decidedInside }) => decidedInside > 0)).toBe(tunnels === 'looked into');
  });
});
