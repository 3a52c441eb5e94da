import { join } from 'node:path';
import {
  OWN_CALL_BYTES,
  ownFactStreamOf,
  READ_AHEAD_BYTES,
  type EgressFact,
  type StepGrant,
} from '@causeway/contracts';
import { memoryLedger, type LedgerPort } from '@causeway/eventing';
import { until } from '@causeway/testing';
import { callOf, world } from '../../test/calls.ts';
import {
  mount,
  mounted,
  secretWorld,
  unmountAll,
  VALUE,
  type SecretWorldOptions,
} from '../../test/secret-sites.features.ts';
import { closeAll, codeOf, factOf } from '../../test/sites.ts';
import { vaultStub } from '../../test/vault-stub.ts';

afterEach(closeAll);
afterEach(unmountAll);

const TOKEN = 'hvs.a-token-for-the-vault';
const PATH = 'causeway/crm';
/** An encrypted alert (RFC 8446 section 6.1), which need not have been read by who has the whole answer. */
const FAREWELL_BYTES = 24;

/** The ledger, and all facts that were sealed in it, in order. */
function watched(): { readonly ledger: LedgerPort; readonly facts: EgressFact[] } {
  const inner = memoryLedger();
  const facts: EgressFact[] = [];
  const append: LedgerPort['append'] = async (request) => {
    const answer = await inner.append(request);
    facts.push(...(request.writes.flatMap(({ events }) => events) as unknown as EgressFact[]));
    return answer;
  };
  return { ledger: { ...inner, append }, facts };
}

async function vaultWorld({ page = 'fine', ...more }: Partial<SecretWorldOptions> & { readonly page?: string } = {}) {
  const stub = vaultStub(TOKEN);
  stub.put(PATH, { token: VALUE, user: 'somebody' });
  const { ledger, facts } = watched();
  const folder = mounted({ token: TOKEN });
  const made = await secretWorld({
    sites: {
      'site.internal': ({ target }, response) => response.end(target.endsWith('echo') ? TOKEN : page),
      'vault.internal': stub.respond,
    },
    secret: () => ({ from: { vault: { path: PATH, field: 'token' } } }),
    ...{ ledger, vault: { destination: 'd1' }, vaultTokenFile: join(folder, 'token') },
    ...more,
  });
  const ask = (path = '/v1', grant: Partial<StepGrant> = {}) => {
    const url = `${made.sites['site.internal']!.url}${path}`;
    const call = callOf(made.policy, { url }, { rule: 'with', ...grant });
    return { call, answer: made.calls.make(call) };
  };
  return { made, stub, facts, folder, ask, vault: made.sites['vault.internal']!, site: made.sites['site.internal']! };
}

describe('a secret from Vault', () => {
  it('is read by a recorded call of our own, and goes along', async () => {
    const { ask, vault, site, facts } = await vaultWorld();
    const { call, answer } = ask();
    expect(codeOf(await answer)).toBe('ok');
    expect(site.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${VALUE}` });
    expect(vault.seen).toMatchObject([
      {
        method: 'GET',
        target: '/v1/secret/data/causeway/crm',
        headers: { 'x-vault-token': TOKEN, 'x-vault-request': 'true' },
      },
    ]);
    const { runId, stepId } = call.grant;
    expect(facts).toMatchObject([
      {
        type: 'egress.completed',
        actor: { kind: 'system', id: 'egress-proxy' },
        data: {
          ...{
            runId,
            stepId,
            method: 'GET',
            host: 'vault.internal',
            path: '/v1/secret/data/causeway/crm',
            status: 200,
          },
          ...{ rule: 'secret:crm', responseSha256: '', hops: [{ secret: 'crm', address: '127.0.0.1' }] },
        },
      },
      { type: 'egress.completed', data: { callId: call.grant.callId, host: 'site.internal' } },
    ]);
    expect(JSON.stringify(facts)).not.toContain(VALUE);
    expect(JSON.stringify(facts)).not.toContain(TOKEN);
  });

  it('is charged to the call that it was read for, and to no other', async () => {
    const { ask, facts, vault, made } = await vaultWorld();
    const { call, answer } = ask();
    const first = await answer;
    const [own, main] = facts.map(({ data }) => data);
    expect(own).toMatchObject({ madeFor: call.grant.callId });
    expect(await made.ledger.readStream(ownFactStreamOf(call.grant.callId), 1)).toMatchObject([{ data: own }]);
    expect(main).not.toHaveProperty('madeFor');
    const used = { bytesIn: own!.bytesIn, bytesOut: own!.bytesOut };
    expect(main).toMatchObject({ ownCalls: { calls: 1, ...used } });
    await until('the connection to Vault is over', () => Promise.resolve(vault.carried().bytesIn > 0));
    expect(used.bytesOut).toBe(vault.carried().bytesIn);
    expect(vault.carried().bytesOut - used.bytesIn).toBeGreaterThanOrEqual(0);
    expect(vault.carried().bytesOut - used.bytesIn).toBeLessThanOrEqual(FAREWELL_BYTES);
    expect(first.ok && first.value).toMatchObject({
      bytesIn: main!.bytesIn + own!.bytesIn,
      bytesOut: main!.bytesOut + own!.bytesOut,
    });
    const second = await ask().answer;
    const last = facts.at(-1)!.data;
    expect(last).not.toHaveProperty('ownCalls');
    expect(second.ok && second.value).toMatchObject({ bytesIn: last.bytesIn, bytesOut: last.bytesOut });
  });

  it('is charged when it cannot be had, and told by who is asked about the call again', async () => {
    const { ask, stub, facts, made } = await vaultWorld();
    stub.seal();
    const { call, answer } = ask();
    const given = await answer;
    const [own] = facts.map(({ data }) => data);
    expect(given).toMatchObject({ rejection: { facts: { bytesIn: own!.bytesIn, bytesOut: own!.bytesOut } } });
    expect(own!.bytesIn).toBeGreaterThan(0);
    const again = world({ policy: made.policy, ledger: made.ledger });
    expect(await again.calls.make(call)).toMatchObject({
      rejection: { facts: { bytesIn: own!.bytesIn, bytesOut: own!.bytesOut } },
    });
  });

  it('is not read for a call that has too little reserved for it', async () => {
    const { ask, vault, site } = await vaultWorld();
    const { call, answer } = ask('/v1', { reserved: { bytesIn: OWN_CALL_BYTES.bytesIn - 1 } });
    expect(codeOf(await answer)).toBe('SECRET_UNAVAILABLE');
    expect([vault.connections(), site.connections()]).toEqual([0, 0]);
    expect(call.grant.reserved).toBeDefined();
    const enough = { reserved: { bytesIn: OWN_CALL_BYTES.bytesIn, bytesOut: OWN_CALL_BYTES.bytesOut } };
    expect(codeOf(await ask('/v1', enough).answer)).toBe('ok');
  });

  it('leaves less of what is reserved for the answer itself', async () => {
    const options = { page: 'x'.repeat(261_000), egress: { maxResponseBytes: 300_000 } };
    const plenty = { reserved: { bytesIn: 4_000_000, bytesOut: 1_000_000 } };
    const first = await vaultWorld(options);
    const used = [];
    for (let n = 0; n < 2; n++) {
      const one = first.ask('/v1', plenty);
      expect(codeOf(await one.answer)).toBe('ok');
      used.push((await factOf(first.made, one.call))?.data as { bytesIn: number; ownCalls?: { bytesIn: number } });
    }
    const own = used[0]?.ownCalls?.bytesIn ?? 0;
    const bytesIn = (used[1]?.bytesIn ?? 0) + Math.floor(own / 2) + READ_AHEAD_BYTES;
    const scarce = { reserved: { ...plenty.reserved, bytesIn } };
    const made = await vaultWorld(options);
    expect(codeOf(await made.ask('/v1', scarce).answer)).toBe('RESPONSE_TOO_LARGE');
    expect(codeOf(await made.ask('/v1', scarce).answer)).toBe('ok');
  });

  it('is kept for a minute, and then asked for again', async () => {
    const { ask, vault, site, stub, made } = await vaultWorld();
    await ask().answer;
    stub.put(PATH, { token: 'the-second-version-of-it' });
    await ask().answer;
    expect(vault.seen).toHaveLength(1);
    made.setNow(60_001);
    await ask().answer;
    expect(vault.seen).toHaveLength(2);
    expect(site.seen.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${VALUE}`,
      `Bearer ${VALUE}`,
      'Bearer the-second-version-of-it',
    ]);
  });

  it('leaves the token for Vault among what is looked for in answers', async () => {
    const { ask } = await vaultWorld();
    expect(codeOf(await ask('/v1/echo').answer)).toBe('SECRET_ECHOED');
  });

  const troubles: readonly (readonly [string, string, (world: Awaited<ReturnType<typeof vaultWorld>>) => void])[] = [
    ['is sealed', 'status 503', ({ stub }) => stub.seal()],
    ['has deleted it', 'status 404', ({ stub }) => stub.remove(PATH)],
    ['has no such field', 'no text in its field token', ({ stub }) => stub.put(PATH, { other: VALUE })],
    ['has a number there', 'no text in its field token', ({ stub }) => stub.put(PATH, { token: 12_345_678 })],
    ['has a value with a line break', 'line break', ({ stub }) => stub.put(PATH, { token: `${VALUE}\r\nx: y` })],
    ['takes another token', 'status 403', ({ folder }) => mount(folder, 'token', 'hvs.another-token')],
    ['has a token that others can read', 'mode 0644', ({ folder }) => mount(folder, 'token', TOKEN, 0o644)],
  ];
  it.each(troubles)('stops the call when Vault %s', async (_what, why, trouble) => {
    const world = await vaultWorld();
    trouble(world);
    const { call, answer } = world.ask();
    const given = await answer;
    expect(given).toMatchObject({ ok: false, rejection: { code: 'SECRET_UNAVAILABLE' } });
    const fact = await factOf(world.made, call);
    expect(fact).toMatchObject({
      type: 'egress.failed',
      data: { sent: false, detail: expect.stringContaining(why) as string },
    });
    for (const text of [JSON.stringify(given), JSON.stringify(world.facts)]) {
      expect(text).not.toContain(VALUE);
      expect(text).not.toContain(TOKEN);
    }
    expect(world.site.connections()).toBe(0);
  });

  it.each([
    ['the constitution forbids it', { egress: {} }, 'POLICY_DENIED'],
    ['nobody trusts its certificate', { authorities: [] }, 'UPSTREAM_TLS_FAILED'],
    ['the profile lets nothing on this machine be reached', { profile: 'hardened' }, 'ADDRESS_REFUSED'],
  ] as const)('is not read past the guards: %s', async (what, more, why) => {
    const constitution = `@id("no-vault") forbid (principal, action, resource is Destination) when { resource.host == "vault.internal" };`;
    const { ask, vault, facts } = await vaultWorld({
      ...more,
      ...(what.startsWith('the constitution') ? { constitution } : {}),
    });
    expect(codeOf(await ask().answer)).not.toBe('ok');
    expect(vault.seen).toEqual([]);
    expect(facts.map(({ data }) => 'code' in data && data.code)).toContain(why);
  });

  it('is not used when the ledger cannot record how it was had', async () => {
    const inner = memoryLedger();
    const ledger: LedgerPort = { ...inner, append: () => Promise.reject(new Error('the ledger is away')) };
    const { ask, site } = await vaultWorld({ ledger });
    expect(codeOf(await ask().answer)).toBe('EGRESS_LEDGER_UNREACHABLE');
    expect(site.connections()).toBe(0);
  });
});
