import {
  activatePolicy,
  executeStep,
  getPolicy,
  getPolicyPack,
  grantApproval,
  moveRun,
  packStreamOf,
  POLICY_STREAM,
  revokeRule,
  type PackTexts,
  type PolicyView,
} from '@causeway/contracts';
import { digestOf, packParts } from '@causeway/policy';
import {
  APPROVER,
  consent,
  GET,
  newId,
  OPERATOR,
  POST,
  PUBLISH,
  startSystem,
  valueOf,
  type Started,
  type System,
} from './system.features.ts';
import { PACK, USUAL } from './test-pack.features.ts';

const ADMIN = { kind: 'operator' as const, id: 'olga' };

let system: System;
beforeAll(async () => {
  system = await startSystem({ replicas: 2 });
});
afterAll(() => system.stop());

/** The usual pack under another name, with its rules changed. */
const packNamed = (id: string, change: (rules: string) => string = (rules) => rules): PackTexts => {
  const files = PACK(id, USUAL) as PackTexts;
  return { ...files, 'policy.cedar': change(files['policy.cedar']) };
};
const withoutPosts = (rules: string) => rules.replace('context.path == "/post"', 'context.path == "/nowhere"');

const activate = (files: PackTexts, changeId = newId('policy')) =>
  system.ask(activatePolicy, { changeId, files, reason: 'new rules' }, ADMIN);
const move = ({ runId }: Started, digest?: string) =>
  system.ask(moveRun, { runId, reason: 'the new rules', ...(digest ? { digest } : {}) }, OPERATOR);
const stateOf = async (run: Started, stepId: string, input = POST) => (await system.step(run, stepId, input)).state;

/** Until both replicas give this pack to new runs. */
async function isEverywhere({ policy: { digest } }: PolicyView): Promise<void> {
  for (let inARow = 0; inARow < 20;) {
    const now = valueOf(await system.ask(getPolicy, {}, OPERATOR));
    inARow = now.digest === digest ? inARow + 1 : 0;
  }
}

/** Until both replicas say the same to a post of this run. */
async function bothSay(run: Started, expected: string): Promise<void> {
  for (let inARow = 0, step = 0; inARow < 8; step++) {
    inARow = (await stateOf(run, `${expected}-${step}`)) === expected ? inARow + 1 : 0;
  }
}

describe('a pack that is activated', () => {
  it('decides about runs that start after it, while those that had started keep theirs until they are moved', async () => {
    const old = await system.run();
    const view = valueOf(await activate(packNamed('stricter', withoutPosts)));
    expect(view).toMatchObject({
      active: true,
      activatedBy: 'olga',
      reason: 'new rules',
      policy: { pack: 'stricter' },
    });
    await isEverywhere(view);
    const young = await system.run();
    expect([await stateOf(old, 'a'), await stateOf(young, 'a')]).toEqual(['succeeded', 'denied']);
    expect(valueOf(await move(old))).toMatchObject({ policy: view.policy });
    for (const stepId of ['b', 'c', 'd', 'e']) expect(await stateOf(old, stepId)).toBe('denied');
    const { digest } = valueOf(await system.ask(getPolicyPack, {}, OPERATOR)).policy;
    expect(digest).toBe(view.policy.digest);
  });

  it('is in the ledger with its files, whoever activated it, and comes out of it whole', async () => {
    const files = packNamed('large', (rules) => `// ${'ä'.repeat(9_000)}\n`.repeat(10) + rules);
    const { policy } = valueOf(await activate(files));
    expect(policy.digest).toBe(digestOf(files));
    const kept = await system.eventsOf(packStreamOf(policy.digest));
    expect(kept).toHaveLength(packParts(files).length);
    expect(kept.length).toBeGreaterThan(4);
    expect(valueOf(await system.ask(getPolicyPack, { digest: policy.digest }, OPERATOR)).files).toEqual(files);
    const activated = (await system.eventsOf(POLICY_STREAM)).at(-1);
    expect(activated).toMatchObject({ type: 'policy.activated', actor: ADMIN, data: { policy, source: 'command' } });
  });

  it('is activated once by the same change, and not at all when it has problems', async () => {
    const changeId = newId('policy');
    const first = valueOf(await activate(packNamed('once'), changeId));
    valueOf(await activate(packNamed('after')));
    const before = await system.eventsOf(POLICY_STREAM);
    expect(valueOf(await activate(packNamed('once'), changeId)).policy).toEqual(first.policy);
    const broken = await activate(packNamed('broken', (rules) => rules.replace('context.path', 'context.pth')));
    expect(broken).toMatchObject({
      ok: false,
      rejection: { code: 'PACK_INVALID', errors: [{ path: expect.stringMatching(/^policy\.cedar:\d+$/) as string }] },
    });
    expect(await system.eventsOf(POLICY_STREAM)).toEqual(before);
  });

  it('stays in force when the service starts again with the folder it had', async () => {
    const view = valueOf(await activate(packNamed('stays')));
    await system.killOrchestrator('SIGKILL');
    await system.startOrchestrator();
    await isEverywhere(view);
    const run = await system.run();
    const { position } = await system.step(run, 'one', GET);
    expect((await system.view(run, position)).policy).toEqual(view.policy);
  });
});

describe('a rule that is revoked', () => {
  it('allows nothing any more, for runs that keep an older pack too, until a pack with it is activated', async () => {
    const old = await system.run();
    const usual = valueOf(await activate(packNamed('usual')));
    await isEverywhere(usual);
    const young = await system.run();
    const asked = { changeId: newId('policy'), rule: 'post', reason: 'it was abused' };
    expect(valueOf(await system.ask(revokeRule, asked, ADMIN)).revoked).toContain('post');
    await bothSay(old, 'denied');
    await bothSay(young, 'denied');
    expect((await system.step(old, 'y', POST)).rejection).toMatchObject({ code: 'POLICY_DENIED', rule: 'post' });
    expect(await stateOf(young, 'z', GET)).toBe('succeeded');
    const again = valueOf(await activate(packNamed('usual')));
    expect(again.revoked).toEqual([]);
    await bothSay(young, 'succeeded');
  });

  it('lets nothing start that a person agreed to before', async () => {
    await isEverywhere(valueOf(await activate(packNamed('asks'))));
    const run = await system.run();
    const approval = await system.approval(await system.step(run, 'publish', PUBLISH));
    const asked = { changeId: newId('policy'), rule: 'publish', reason: 'it was abused' };
    valueOf(await system.ask(revokeRule, asked, ADMIN));
    for (let inARow = 0; inARow < 8;)
      inARow = (await stateOf(await system.run(), 'x', PUBLISH)) === 'denied' ? inARow + 1 : 0;
    valueOf(await system.ask(grantApproval, consent(approval), APPROVER));
    expect(await system.outcome(run, 'publish')).toMatchObject({
      state: 'denied',
      rejection: { code: 'APPROVAL_POLICY_CHANGED' },
    });
    expect(system.provider.callsOf('publish')).toEqual([]);
  });

  it('is one that some pack has', async () => {
    const asked = { changeId: newId('policy'), rule: 'never-there', reason: 'x' };
    expect(await system.ask(revokeRule, asked, ADMIN)).toMatchObject({
      ok: false,
      rejection: { code: 'RULE_NOT_FOUND' },
    });
  });
});

describe('a run', () => {
  it('is not moved to a pack that nobody kept, and takes no step under one', async () => {
    const run = await system.run();
    expect(await move(run, 'f'.repeat(64))).toMatchObject({ ok: false, rejection: { code: 'POLICY_NOT_FOUND' } });
    const policy = { pack: 'lost', version: '1', digest: 'e'.repeat(64) };
    const moved = { policy, movedBy: 'olga', reason: 'x', at: new Date().toISOString() };
    await system.append(run.runId, { type: 'run.moved', data: moved });
    const step = { ...run, stepId: 'one', capability: 'network.http-fetch', input: { ...GET } };
    const agent = { kind: 'agent' as const, id: 'researcher' };
    expect(await system.ask(executeStep, step, agent)).toMatchObject({
      ok: false,
      rejection: { code: 'POLICY_VERSION_MISMATCH' },
    });
    valueOf(await move(run));
    expect(await stateOf(run, 'one', GET)).toBe('succeeded');
  });
});
