import { formatId, packStreamOf, POLICY_STREAM } from '@causeway/contracts';
import { memoryLedger, type LedgerPort } from '@causeway/eventing';
import { packParts, type CedarPolicy, type PackFiles } from '@causeway/policy';
import { randomBytes, randomUUID } from 'node:crypto';
import { filesFor, policyFor } from '../../test/calls.ts';
import { createPacks, type LivePacks } from './packs.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const AT = '2026-01-01T00:00:00.000Z';
const permit = (id: string, when: string): string =>
  `@id("${id}") permit (principal, action == Action::"network.http-fetch", resource) when { ${when} };\n`;
const [ONE, TWO] = [permit('docs', 'context.path == "/one"'), permit('docs', 'context.path == "/two"')];
const PUSH = permit('push', 'context.method == "POST"');

type Event = { readonly type: string; readonly data: unknown };

/** A process whose folder has the first pack, and somebody who writes what run-orchestrator would. */
function process(around: Partial<LedgerPort> = {}) {
  const ledger = memoryLedger();
  const write = async (stream: string, events: readonly Event[]) => {
    const writes = [{ stream, expected: 'any' as const, events: events.map((one) => ({ id: randomUUID(), ...one })) }];
    await ledger.append({ appendId: randomUUID(), writes } as never);
  };
  const folder = policyFor({ rules: ONE + PUSH }) as CedarPolicy;
  const packs = createPacks({ ledger: { ...ledger, ...around }, folder, log: SILENT });
  const keep = (digest: string, files: PackFiles) =>
    write(
      packStreamOf(digest),
      packParts(files).map((part) => ({ type: 'policy.recorded', data: { digest, ...part, at: AT } })),
    );
  const activate = async (rules: string, files = filesFor({ rules })) => {
    const policy = policyFor({ rules }).ref;
    await keep(policy.digest, files);
    await write(POLICY_STREAM, [{ type: 'policy.activated', data: { policy, at: AT, source: 'command' } }]);
    return policy;
  };
  const revoke = (rule: string) => {
    const data = { rule, changeId: formatId('policy', randomBytes(16)), revokedBy: 'ann', reason: 'r', at: AT };
    return write(POLICY_STREAM, [{ type: 'policy.revoked', data }]);
  };
  return { packs, folder, activate, revoke, first: folder.ref };
}

const rulesOf = async (packs: LivePacks, ref: Parameters<LivePacks['find']>[0]) =>
  (await packs.find(ref))?.pack.rules.map(({ id }) => id);

describe('the packs of a process', () => {
  it('hold what a grant names: its own folder, or what the ledger keeps, and nothing else', async () => {
    const { packs, activate, first } = process();
    const second = await activate(TWO);
    expect([await rulesOf(packs, first), await rulesOf(packs, second)]).toEqual([['docs', 'push'], ['docs']]);
    expect(await packs.find({ ...first, digest: 'f'.repeat(64) })).toBeUndefined();
    expect(packs.active().ref).toEqual(second);
  });

  it('take no files that are not those of the digest', async () => {
    const { packs, activate, first } = process();
    const second = await activate(TWO, filesFor({ rules: PUSH }));
    expect(await packs.find(second)).toBeUndefined();
    expect(packs.active().ref).toEqual(first);
  });

  it('are without what was revoked before this process began, and let no call through while that cannot be read', async () => {
    const { packs, revoke, first } = process();
    await revoke('push');
    expect(await rulesOf(packs, first)).toEqual(['docs']);
    const cut = process({ readStream: () => Promise.reject(new Error('out of reach')) });
    await expect(cut.packs.find(cut.first)).rejects.toThrow('out of reach');
  });

  it('tell whoever wants to know of each change, once, and of none before it', async () => {
    const { packs, revoke, activate } = process();
    let changes = 0;
    const end = packs.onPolicyChange(() => changes++);
    await packs.refresh();
    expect(changes).toBe(0);
    await revoke('push');
    await Promise.all([packs.refresh(), packs.refresh()]);
    expect(changes).toBe(1);
    await activate(TWO);
    end();
    await packs.refresh();
    expect(changes).toBe(1);
  });
});

describe('what a rule opened', () => {
  it('goes on while the rule stands, word for word, in the pack in force', async () => {
    const { packs, activate, first } = process();
    await packs.refresh();
    const [docs, push] = ['docs', 'push'].map((rule) => ({ policy: first, rule }));
    const goOn = () => [docs!, push!].map(packs.mayGoOn);
    expect(goOn()).toEqual([true, true]);
    await activate(ONE + PUSH.replace('context.method', ' context.method'));
    await packs.refresh();
    expect(goOn()).toEqual([true, false]);
    await activate(TWO);
    await packs.refresh();
    expect(goOn()).toEqual([false, false]);
  });

  it('ends when the rule is revoked, and when its pack is not known', async () => {
    const { packs, revoke, first } = process();
    await revoke('push');
    await packs.refresh();
    expect(packs.mayGoOn({ policy: first, rule: 'push' })).toBe(false);
    expect(packs.mayGoOn({ policy: first, rule: 'docs' })).toBe(true);
    expect(packs.mayGoOn({ policy: { ...first, digest: 'f'.repeat(64) }, rule: 'docs' })).toBe(false);
  });
});
