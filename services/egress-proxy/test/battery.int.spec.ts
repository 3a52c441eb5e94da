import { runBattery, type Face, type SetResult } from './battery/battery.ts';
import { ground, type Ground } from './battery/ground.ts';
import { absoluteFace, connectFace, type ProxyFace } from './battery/proxy-faces.ts';
import { PUBLIC } from './battery/public-addresses.ts';
import { attemptSets } from './battery/sets.ts';
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

const line = (face: string, { set, count, codes, reached, canaryHits }: SetResult): string =>
  `egress battery (${face}): ${count} from ${set}: ${JSON.stringify(codes)}, ${reached.length} public dials, ${canaryHits} canary hits\n`;

describe.each([
  ['fetch', structuredFace],
  ['absolute form', absoluteFace],
  ['CONNECT', connectFace],
])('every published attempt, by way of %s', (name, faceOf) => {
  let at: Ground;
  let face: ProxyFace;
  let results: readonly SetResult[];
  beforeAll(async () => {
    at = await ground(PUBLIC);
    face = await faceOf(at);
    results = await runBattery(face, at, attemptSets());
    process.stdout.write(results.map((result) => line(name, result)).join(''));
  }, 300_000);
  afterAll(async () => {
    await face.close();
    await at.close();
  });

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
