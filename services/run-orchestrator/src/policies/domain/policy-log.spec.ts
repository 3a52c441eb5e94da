import { packStreamOf, type RunOrchestratorEvent } from '@causeway/contracts';
import { policyDecider, type PolicyCommand, type PolicyLog } from './policy-log.ts';

const AT = '2026-01-01T00:00:00.000Z';
const [FIRST, SECOND] = ['a', 'b'].map((letter) => ({ pack: letter, version: '1', digest: letter.repeat(64) })) as [
  Ref,
  Ref,
];
type Ref = { readonly pack: string; readonly version: string; readonly digest: string };

const PARTS = [{ file: 'pack.yaml' as const, text: 'id: a\n' }];
const folder = (policy: Ref): PolicyCommand => ({ type: 'activate-folder', policy, parts: PARTS, at: AT });
const by = (changeId: string) => ({ changeId, by: 'ann', reason: 'new rules', at: AT });
const activate = (policy: Ref, changeId: string): PolicyCommand => ({
  type: 'activate',
  policy,
  parts: PARTS,
  ...by(changeId),
});
const revoke = (changeId: string): PolicyCommand => ({ type: 'revoke', rule: 'push', ...by(changeId) });

type Sealed = { readonly log: PolicyLog; readonly types: readonly string[]; readonly kept: readonly string[] };

/** Every command after the other, over one log: the types of what was sealed, and the streams that packs were kept in. */
function after(...commands: readonly PolicyCommand[]): Sealed {
  return commands.reduce<Sealed>(
    ({ log, types, kept }, command) => {
      const decision = policyDecider.decide(command, log);
      if (!decision.accepted) throw new Error(decision.rejection.detail);
      return {
        log: decision.events.reduce(policyDecider.evolve, log),
        types: [...types, ...decision.events.map(({ type }) => type)],
        kept: [...kept, ...(decision.also ?? []).map(({ stream }) => stream)],
      };
    },
    { log: policyDecider.initialState(), types: [], kept: [] },
  );
}

describe('what is in force', () => {
  it('is the pack of the folder, kept with its files in the same append, once', () => {
    const { log, types, kept } = after(folder(FIRST), folder(FIRST));
    expect([types, kept]).toEqual([['policy.activated'], [packStreamOf(FIRST.digest)]]);
    expect(log.standing.active).toEqual(FIRST);
  });

  it('stays what a person activated when the service starts again with the same folder, and follows a folder that changed', () => {
    const stays = after(folder(FIRST), activate(SECOND, 'c1'), folder(FIRST));
    expect(stays.log.standing.active).toEqual(SECOND);
    const third = { ...FIRST, digest: 'c'.repeat(64) };
    expect(after(folder(FIRST), activate(SECOND, 'c1'), folder(third)).log.standing.active).toEqual(third);
  });

  it('is changed once by the same change, also after other changes', () => {
    const { log, types } = after(
      activate(FIRST, 'c1'),
      activate(SECOND, 'c2'),
      activate(FIRST, 'c1'),
      revoke('c3'),
      revoke('c3'),
    );
    expect(log.standing.active).toEqual(SECOND);
    expect(types).toEqual(['policy.activated', 'policy.activated', 'policy.revoked']);
    expect(log.told[SECOND.digest]).toEqual({ by: 'ann', reason: 'new rules', at: AT });
  });

  it('is not changed by activating what is in force, unless rules of it were revoked', () => {
    expect(after(activate(FIRST, 'c1'), activate(FIRST, 'c2')).types).toEqual(['policy.activated']);
    const { types, kept } = after(activate(FIRST, 'c1'), revoke('c2'), activate(FIRST, 'c3'));
    expect(types).toEqual(['policy.activated', 'policy.revoked', 'policy.activated']);
    expect(kept).toEqual([packStreamOf(FIRST.digest)]);
  });

  it('keeps a pack that an earlier version activated without keeping it', () => {
    const old: RunOrchestratorEvent = { type: 'policy.activated', data: { policy: FIRST, at: AT } };
    const log = policyDecider.evolve(policyDecider.initialState(), old);
    const decision = policyDecider.decide(folder(FIRST), log);
    expect(decision).toMatchObject({
      accepted: true,
      also: [{ stream: packStreamOf(FIRST.digest), expected: 'none' }],
    });
  });
});
