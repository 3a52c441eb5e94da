import { ALLOW_ALL, callOf, policyFor } from '../../test/calls.ts';
import { memoryLedger } from '@causeway/eventing';
import { rootCertificates } from 'node:tls';
import { mounted, reference, unmountAll } from '../../test/secret-sites.features.ts';
import { selfSigned } from '@causeway/testing';
import { closeAll, serve } from '../../test/sites.ts';
import { systemEdge } from '../edge.ts';
import { dial } from '../fetch/dial.ts';
import { newTrace } from '../fetch/trace.ts';
import { ownAddresses } from '../guards/self-guard.ts';
import { payerOf } from './own-account.ts';
import { secretDesks } from './secret-desks.ts';

afterEach(closeAll);
afterEach(unmountAll);

const VALUES = { crm: 'value-of-the-crm', erp: 'value-of-the-erp' };
const told: unknown[] = [];
const log = { info: () => {}, warn: () => {}, error: (context: unknown) => void told.push(context) };

/** Desks over two packs that send different secrets under the same rule to the same place. */
async function twoPacks() {
  const { port } = await serve((_request, response) => response.end(), selfSigned('site.internal'));
  const rulesFor = (secret: string) => ALLOW_ALL.replace('@id("all")', `@id("all") @secret("${secret}")`);
  const packFor = (name: string) =>
    policyFor({
      ports: { 'site.internal': port },
      rules: rulesFor(name),
      secrets: [reference('site.internal', port, { name })],
    });
  const wayOf = (policy: ReturnType<typeof policyFor>) => ({
    ...{ policy, dial, own: () => ({ addresses: ownAddresses(), ports: [] }), authorities: [...rootCertificates] },
    rules: { named: policy.pack.destinations, profile: 'dev' as const },
    resolve: () => Promise.resolve([]),
  });
  const dir = mounted(VALUES);
  const desks = secretDesks({ ledger: memoryLedger(), edge: systemEdge, log, dir, vaultTokenFile: undefined });
  const question = (policy: ReturnType<typeof policyFor>) => {
    const payer = payerOf({ ...callOf(policy, { url: '' }), signal: new AbortController().signal }, newTrace('all'));
    const url = { scheme: 'https', host: 'site.internal', port, path: '/v1', query: '' };
    return { reference: policy.pack.secrets[0], method: 'GET', url, payer, earlier: [] } as never;
  };
  return { desks, packFor, wayOf, question };
}

describe('the secrets of several packs', () => {
  it('go along with the calls of their own pack', async () => {
    const { desks, packFor, wayOf, question } = await twoPacks();
    const packs = [packFor('crm'), packFor('erp')];
    const prepared = packs.map(async (policy) => (await desks.deskFor(wayOf(policy))).prepare(question(policy)));
    expect((await Promise.all(prepared)).map(({ secret }) => secret)).toEqual(['crm', 'erp']);
    desks.close();
  });

  it('are looked for in the answers to calls of every pack', async () => {
    const { desks, packFor, wayOf } = await twoPacks();
    await desks.open(wayOf(packFor('crm')));
    const desk = await desks.deskFor(wayOf(packFor('erp')));
    for (const value of Object.values(VALUES)) expect(desk.scan()?.feed(Buffer.from(`so ${value}!`))).toBeDefined();
    expect(desk.scan()?.feed(Buffer.from('so nothing!'))).toBeUndefined();
    desks.close();
  });

  it('of one pack are kept at one desk', async () => {
    const { desks, packFor, wayOf } = await twoPacks();
    const policy = packFor('crm');
    expect(await desks.deskFor(wayOf(policy))).toBe(await desks.deskFor(wayOf(policy)));
    desks.close();
  });

  it('are refused where the pack itself holds a value: at the start, and whenever it is to be used', async () => {
    const { desks, packFor, wayOf, question } = await twoPacks();
    const leaky = packFor('crm');
    const holding = { ...leaky, pack: { ...leaky.pack, description: VALUES.crm } };
    await expect(desks.open(wayOf(holding))).rejects.toThrow('the policy pack holds the value of crm');
    const desk = await desks.deskFor(wayOf({ ...holding }));
    expect(told).toHaveLength(1);
    await expect(desk.prepare(question(holding))).rejects.toThrow('SECRET_UNAVAILABLE');
    desks.close();
  });
});
