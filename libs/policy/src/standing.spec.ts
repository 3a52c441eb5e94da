import { evolveStanding, noStanding, revokedIn, type PolicyEvent, type PolicyStanding } from './standing.ts';

const [FIRST, SECOND] = ['a', 'b'].map((letter) => ({ pack: letter, version: '1', digest: letter.repeat(64) }));
const activated = (policy: typeof FIRST, source?: 'command' | 'folder'): PolicyEvent => ({
  type: 'policy.activated',
  data: { policy: policy!, ...(source ? { source } : {}) },
});
const revoked = (rule: string): PolicyEvent => ({ type: 'policy.revoked', data: { rule } });
const after = (...events: readonly PolicyEvent[]): PolicyStanding => events.reduce(evolveStanding, noStanding());
const inFirst = (standing: PolicyStanding) => revokedIn(standing, FIRST!.digest);

describe('what is in force', () => {
  it('is nothing before the first pack, then the one that came last, from wherever', () => {
    expect(noStanding().active).toBeUndefined();
    expect(after(activated(FIRST!), activated(SECOND!, 'command'))).toMatchObject({
      active: SECOND,
      folder: FIRST!.digest,
    });
    expect(after(activated(FIRST!), activated(SECOND!, 'folder'))).toMatchObject({
      active: SECOND,
      folder: SECOND!.digest,
    });
  });

  it('counts a rule as revoked in every pack, until that pack is activated after it', () => {
    const standing = after(activated(FIRST!), revoked('push'), revoked('pull'));
    expect(inFirst(standing)).toEqual(['pull', 'push']);
    const next = after(activated(FIRST!), revoked('push'), activated(SECOND!, 'command'));
    expect([inFirst(next), revokedIn(next, SECOND!.digest)]).toEqual([['push'], []]);
    expect(inFirst(after(activated(FIRST!), revoked('push'), activated(FIRST!, 'command')))).toEqual([]);
  });

  it('counts events that do not bear on it', () => {
    expect(evolveStanding(after(activated(FIRST!)), { type: 'policy.decided' })).toMatchObject({
      active: FIRST,
      version: 2,
    });
  });
});
