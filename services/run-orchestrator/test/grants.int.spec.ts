import { setTimeout } from 'node:timers/promises';
import {
  grantApproval,
  listGrants,
  revokeGrant,
  type FetchInput,
  type GrantView,
  type StandingTerms,
} from '@causeway/contracts';
import { codeOf, desk, person } from './approval-battery.features.ts';
import {
  APPROVER,
  BASE,
  consent,
  LOOK,
  newId,
  OPERATOR,
  PUBLISH,
  startSystem,
  valueOf,
  type Started,
  type System,
} from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const { held } = desk(() => system);
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const to = (path: string, body = 'x'): FetchInput => ({ ...PUBLISH, url: `${BASE}/publish?for=${path}`, body });

/** A grant for more steps like this one, once the views show it. */
async function granted(
  input: FetchInput,
  { forMs = 600_000, ...terms }: Partial<StandingTerms> & { readonly forMs?: number },
): Promise<GrantView> {
  const { run, approval } = await held('publish', input);
  const standing = { uses: 3, until: inMs(forMs), match: ['url', 'method'], ...terms };
  const view = valueOf(await system.ask(grantApproval, { ...consent(approval), standing }, APPROVER));
  const { position } = await system.outcome(run, 'publish');
  const found = (await grants(position)).find(({ grantId }) => grantId === view.grantId);
  if (!found) throw new Error('the grant is not listed');
  return found;
}
const grants = async (minPosition = 0): Promise<readonly GrantView[]> =>
  valueOf(await system.ask(listGrants, { limit: 200, minPosition }, OPERATOR)).grants;
/** As its own newest event has it: the views may lag. */
const grantNow = async ({ grantId }: GrantView): Promise<GrantView | undefined> => {
  const newest = (await system.eventsOf(grantId)).at(-1)?.position;
  return (await grants(newest)).find((grant) => grant.grantId === grantId);
};
const stateOf = async (input: FetchInput, run?: Started, stepId = 'one'): Promise<string> =>
  (await system.step(run ?? (await system.run()), stepId, input)).state;

describe('a standing grant', () => {
  it('lets steps like the approved one start without asking; the step names it, and each use is sealed with the start', async () => {
    const grant = await granted(to('a'), { uses: 2 });
    expect(grant).toMatchObject({
      ...{ state: 'live', used: 0, issuedBy: APPROVER.id, matched: { method: 'POST', url: to('a').url } },
      terms: { risk: 'medium', rule: 'publish', match: ['method', 'url'], uses: 2 },
    });
    const run = await system.run();
    expect(await stateOf(to('a', 'another body'), run)).toBe('succeeded');
    const events = await system.eventsOf(run.runId);
    const started = events.find(({ type }) => type === 'step.started');
    expect(started).toMatchObject({ data: { grantId: grant.grantId } });
    expect(events.map(({ type }) => type)).not.toContain('step.held');
    const [, used] = await system.eventsOf(grant.grantId);
    expect(used).toMatchObject({
      ...{ type: 'grant.used', position: started!.position + 1, scope: run.runId },
      data: { use: 1, runId: run.runId, stepId: 'one' },
    });
    // The same step id again is the same step: it takes no further use.
    expect(await stateOf(to('a', 'another body'), run)).toBe('succeeded');
    expect(await system.eventsOf(grant.grantId)).toHaveLength(2);
  });

  it('falls back to asking for another input, beyond its last use, and after it was revoked', async () => {
    const grant = await granted(to('b'), { uses: 1 });
    expect(await stateOf(to('elsewhere'))).toBe('held');
    expect(await stateOf({ ...to('b'), url: `${BASE}/publish` })).toBe('held');
    expect(await stateOf(to('b'))).toBe('succeeded');
    expect(await stateOf(to('b'))).toBe('held');
    expect(await grantNow(grant)).toMatchObject({ state: 'used-up', used: 1 });

    const other = await granted(to('c'), {});
    const { grantId } = other;
    expect(valueOf(await system.ask(revokeGrant, { grantId, reason: 'enough' }, OPERATOR))).toMatchObject({
      ...{ state: 'revoked', endedBy: OPERATOR.id },
    });
    expect(await stateOf(to('c'))).toBe('held');
    expect(codeOf(await system.ask(revokeGrant, { grantId: newId('grant'), reason: 'x' }, OPERATOR))).toBe(
      'GRANT_NOT_FOUND',
    );
  });

  it('covers the step right after the one that was approved, however far the views are behind', async () => {
    const { run, approval } = await held('publish', to('f'));
    const views = system.database.pool('run_orchestrator', 1);
    const client = await views.connect();
    try {
      await client.query('begin');
      await client.query('lock table grant_view in share mode');
      const standing = { uses: 1, until: inMs(600_000), match: ['url', 'method'] };
      valueOf(await system.ask(grantApproval, { ...consent(approval), standing }, APPROVER));
      await system.until(async () => (await system.eventsOf(run.runId)).at(-1)?.type === 'step.succeeded');
      const next = stateOf(to('f'), run, 'next');
      expect(await Promise.race([next, setTimeout(300, 'waits')])).toBe('waits');
      await client.query('commit');
      expect(await next).toBe('succeeded');
    } finally {
      client.release(true);
    }
  });

  it('of a step that only reads does not cover one that writes', async () => {
    await granted(LOOK, { match: ['url'] });
    expect(await stateOf(LOOK)).toBe('succeeded');
    expect(await stateOf({ ...LOOK, method: 'POST', body: 'x' })).toBe('held');
  });

  it('ends by the clock', async () => {
    const grant = await granted(to('d'), { forMs: 2_000 });
    for (;;) {
      const now = await grantNow(grant);
      if (now?.state === 'expired') break;
      await setTimeout(50);
    }
    expect(await stateOf(to('d'))).toBe('held');
    expect((await system.eventsOf(grant.grantId)).at(-1)).toMatchObject({ type: 'grant.expired' });
  });

  it('is not given for ever, for what nobody named, or by who may not approve', async () => {
    const { approval } = await held('publish', to('e'));
    const give = (terms: object, actor = APPROVER) => {
      const standing = { uses: 1, until: inMs(600_000), match: ['url'], ...terms };
      return system.ask(grantApproval, { ...consent(approval), standing }, actor);
    };
    expect(codeOf(await give({ until: inMs(-1) }))).toBe('GRANT_NOT_ALLOWED');
    expect(codeOf(await give({ match: ['title'] }))).toBe('GRANT_NOT_ALLOWED');
    expect(codeOf(await give({ match: [] }))).toBe('REQUEST_INVALID');
    expect(codeOf(await give({ uses: 1_001 }))).toBe('REQUEST_INVALID');
    expect(codeOf(await give({}, person('researcher')))).toBe('APPROVAL_OWN_REQUEST');
    expect(await system.eventsOf(approval.approvalId)).toHaveLength(1);
  });
});

describe('a standing grant for a destination', () => {
  it('covers other pages of it, as often as it says, and no other destination', async () => {
    const look = (page: number, host = 'site.internal') => ({ ...LOOK, url: `http://${host}/look?page=${page}` });
    const grant = await granted(look(1), { match: ['method', 'url.origin'], uses: 2 });
    expect(grant.matched).toEqual({ method: 'GET', 'url.origin': 'http://site.internal:80' });
    expect([await stateOf(look(2)), await stateOf(look(3, 'SITE.internal.'))]).toEqual(['succeeded', 'succeeded']);
    expect(await stateOf(look(4))).toBe('held');
    await granted(look(5), { match: ['url.origin'], uses: 5 });
    expect(await stateOf({ ...look(6), url: 'http://other.internal/look' })).toBe('denied');
  });
});

describe('a standing grant, once another policy decides', () => {
  it('covers nothing', async () => {
    await granted(to('f'), {});
    expect(await stateOf(to('f'))).toBe('succeeded');
    await system.killOrchestrator('SIGTERM');
    system.writePack('second');
    await system.startOrchestrator();
    expect(await stateOf(to('f'))).toBe('held');
  });
});

describe('a standing grant, raced for on 3 replicas', () => {
  it('is used exactly as often as it says', async () => {
    await system.startReplica('orchestrator-2');
    await system.startReplica('orchestrator-3');
    const uses = 15;
    const grant = await granted(to('raced'), { uses });
    system.provider.reset();
    const runs = await Promise.all(Array.from({ length: 40 }, () => system.run()));
    const states = await Promise.all(runs.map((run) => stateOf(to('raced'), run, 'raced')));
    expect(states.filter((state) => state === 'succeeded')).toHaveLength(uses);
    expect(states.filter((state) => state === 'held')).toHaveLength(runs.length - uses);
    expect(system.provider.callsOf('raced')).toHaveLength(uses);
    const taken = (await system.eventsOf(grant.grantId)).slice(1).map(({ data }) => (data as { use: number }).use);
    expect(taken).toEqual(Array.from({ length: uses }, (_, n) => n + 1));
  });
});
