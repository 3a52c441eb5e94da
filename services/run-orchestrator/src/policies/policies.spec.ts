import { packStreamOf, POLICY_STREAM, type RunOrchestratorEvent } from '@causeway/contracts';
import { memoryLedger } from '@causeway/eventing';
import { createPolicy, packParts, parsePack, policyRef, type PolicyPack } from '@causeway/policy';
import { randomUUID } from 'node:crypto';
import { PACK, USUAL } from '../../test/test-pack.features.ts';
import { createHandlers } from '../handlers.ts';
import { createPolicies } from './policies.ts';

const AT = '2026-01-01T00:00:00.000Z';
const NOTES: unknown[] = [];
const LOG = { info: () => undefined, warn: () => undefined, error: (what: unknown) => void NOTES.push(what) };
const CALL = {
  ...{ agentId: 'a', capability: 'network.http-fetch' },
  input: { url: 'http://site.internal/page', method: 'GET', headers: {} },
};

/** A service whose folder has the first pack, over a ledger that a second process writes as well. */
function service() {
  const [first, second] = ['first', 'second'].map((id) => parsePack(PACK(id, USUAL), {})) as [PolicyPack, PolicyPack];
  const ledger = memoryLedger();
  const handlers = createHandlers(ledger, { newUuid: randomUUID });
  const policies = createPolicies({ handlers, ledger, folder: createPolicy(first), log: LOG });
  const by = () => ({ changeId: randomUUID(), by: 'ann', reason: 'r', at: AT });
  const told = async (command: Parameters<typeof handlers.policy.handle>[1]) => {
    await handlers.policy.handle(POLICY_STREAM, command, { actor: { kind: 'operator', id: 'ann' } });
    await policies.hear([{ type: 'policy.activated', stream: POLICY_STREAM }]);
  };
  return {
    ...{ first, second, ledger, policies },
    activate: (pack: PolicyPack, text = pack.id) =>
      told({ type: 'activate', policy: policyRef(pack), parts: packParts(PACK(text, USUAL) as never), ...by() }),
    revoke: (rule: string) => told({ type: 'revoke', rule, ...by() }),
  };
}

describe('the policies of a process', () => {
  it('begin with the folder and follow what is activated, of which the files come from the ledger alone', async () => {
    const { first, second, policies, activate } = service();
    expect(policies.active().ref).toEqual(policyRef(first));
    expect(await policies.find(second.digest)).toBeUndefined();
    await activate(second);
    expect(policies.active().ref).toEqual(policyRef(second));
    expect(policies.active().decide(CALL)).toMatchObject({ verdict: 'allow', policy: { pack: 'second' } });
    expect((await policies.find(first.digest))?.ref).toEqual(policyRef(first));
  });

  it('refuse files that are not those of the digest they are kept under', async () => {
    const { first, second, policies, activate } = service();
    await activate(second, 'another');
    expect(policies.active().ref).toEqual(policyRef(first));
    expect(await policies.find(second.digest)).toBeUndefined();
    expect(NOTES).not.toEqual([]);
  });

  it('are without the rules that were revoked, in every pack, until one of them is activated again', async () => {
    const { first, second, policies, activate, revoke } = service();
    await activate(first);
    await activate(second);
    await revoke('read');
    const verdictOf = async (pack: PolicyPack) => (await policies.find(pack.digest))?.decide(CALL).verdict;
    expect([await verdictOf(first), await verdictOf(second)]).toEqual(['deny', 'deny']);
    expect(policies.isRevoked(first.digest, 'read')).toBe(true);
    await activate(second);
    expect([await verdictOf(first), await verdictOf(second)]).toEqual(['deny', 'allow']);
  });

  it('guess a run to have what was found last, else what new runs get', async () => {
    const { first, second, policies, activate } = service();
    policies.remember('run_1', first.digest);
    await activate(second);
    expect([policies.likely('run_1'), policies.likely('run_2')].map(({ ref }) => ref.pack)).toEqual([
      'first',
      'second',
    ]);
  });

  it('are kept in streams of their own, that say everything of the pack', async () => {
    const { second, ledger, activate } = service();
    await activate(second);
    const kept = (await ledger.readStream(packStreamOf(second.digest), 1)) as unknown as RunOrchestratorEvent[];
    expect(new Set(kept.map(({ type }) => type))).toEqual(new Set(['policy.recorded']));
  });
});
