import { announcementOf, CAPABILITIES, type CapabilityContract, type JsonObject } from '@causeway/contracts';
import fc from 'fast-check';
import { echo, echoOf } from '../../test/capability.features.ts';
import { descriptorDigest, descriptorProblem } from './descriptor.ts';
import { compileSchema } from './json-schema.ts';
import { knownCapability } from './known-capability.ts';

const resourceId = 'res_00000000000000000000000001';
/** Inputs that fit some bundled capability, and parts by which they are made not to. */
const FITTING: readonly JsonObject[] = [
  { url: 'https://a.example/' },
  { url: 'https://a.example/', method: 'POST', headers: { accept: 'text/plain' }, body: 'x' },
  { source: 'text', text: 'hello', title: 'a title' },
  { source: 'file', path: 'a.txt' },
  { source: 'url', url: 'https://a.example/' },
  { resourceId, offset: 3 },
  { limit: 7 },
  {},
];
const odd = fc.oneof(
  fc.constantFrom('', 'text', 'GET', -1, 0, 1.5, 100_000, true, null),
  fc.constant([]),
  fc.constant({ a: 1 }),
);
const input = fc
  .tuple(
    fc.constantFrom(...FITTING),
    fc.array(fc.tuple(fc.constantFrom('url', 'method', 'source', 'limit', 'z'), odd), { maxLength: 2 }),
  )
  .map(([fitting, changes]) => ({ ...fitting, ...Object.fromEntries(changes) }));

describe.each([...CAPABILITIES.values()].map((contract) => [contract.id, contract] as [string, CapabilityContract]))(
  'what is announced of %s',
  (_id, contract) => {
    const check = compileSchema(announcementOf(contract).inputSchema);

    it('takes what the provider takes, and makes the same of it', () => {
      fc.assert(
        fc.property(input, (given) => {
          const parsed = contract.input.safeParse(given);
          const checked = check(given);
          expect(checked.ok).toBe(parsed.success);
          if (parsed.success && checked.ok) expect(checked.value).toEqual(parsed.data);
        }),
        { numRuns: 200 },
      );
    });

    it('can be enforced', () => {
      expect(descriptorProblem({ ...announcementOf(contract), owner: contract.owner })).toBeUndefined();
    });
  },
);

describe('an input that does not fit', () => {
  const check = compileSchema(echo().inputSchema);
  const ingest = compileSchema(announcementOf(CAPABILITIES.get('resource.ingest')!).inputSchema);

  it('is told exactly what is missing', () => {
    const both = compileSchema({ ...echo().inputSchema, required: ['text', 'times'] });
    expect(both({})).toEqual({
      ok: false,
      errors: [{ path: 'text', message: 'is missing' }],
      missing: ['text'],
    });
    const deep = compileSchema({
      ...{ type: 'object', required: ['to'] },
      properties: { to: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
    });
    expect(deep({ to: {} })).toMatchObject({ missing: ['to.name'] });
  });

  it('is told what is too much, and what is wrong', () => {
    expect(check({ text: 7, more: 1 })).toMatchObject({
      errors: [
        { path: 'more', message: 'is not a field of this input' },
        { path: 'text', message: 'must be string' },
      ],
      missing: [],
    });
  });

  it('is judged by the form that it names, and by no other', () => {
    expect(ingest({ source: 'text', text: 'x' })).toEqual({
      ...{ ok: false, errors: [{ path: 'title', message: 'is missing' }], missing: ['title'] },
    });
    expect(ingest({ source: 'tape' })).toMatchObject({
      errors: [{ path: 'source', message: expect.stringContaining('"text"') }],
    });
    expect(ingest({ text: 'x' })).toMatchObject({ missing: ['source'] });
  });

  it('is not changed by being checked', () => {
    const given = Object.freeze({ text: 'x' });
    expect(check(given)).toEqual({ ok: true, value: { text: 'x', times: 1 } });
  });
});

describe('a schema that cannot be enforced', () => {
  it.each([
    [{ type: 'object', additionalPropertys: false }],
    [{ type: 'thing' }],
    [{ $ref: 'https://elsewhere.example/schema.json' }],
    [{ type: 'string', pattern: '(' }],
  ])('is refused: %j', (schema) => {
    expect(descriptorProblem(echoOf('x', { inputSchema: schema as JsonObject }))).toMatchObject({
      path: 'inputSchema',
    });
    expect(descriptorProblem(echoOf('x', { resultSchema: schema as JsonObject }))).toMatchObject({
      path: 'resultSchema',
    });
  });

  it('is refused when it is too large', () => {
    const description = 'x'.repeat(2_000);
    const properties = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`p${index}`, { description }]));
    const inputSchema = { type: 'object', properties };
    expect(descriptorProblem(echoOf('x', { inputSchema }))?.message).toContain('at most 32768');
  });
});

describe('the digest of a capability', () => {
  const digest = descriptorDigest(echoOf('x'));

  it('is another when anything that decides is', () => {
    const changes: readonly Partial<ReturnType<typeof echo>>[] = [
      { id: 'x.other' },
      { version: '2' },
      { inputSchema: { ...echo().inputSchema, required: [] } },
      { resultSchema: {} },
      { effects: { rules: [], otherwise: 'writes' } },
      { safeToRepeat: true },
      { approval: { risk: 'high', decisive: [] } },
      { untrusted: true },
    ];
    const digests = changes.map((change) => descriptorDigest(echoOf('x', change)));
    expect(new Set([digest, ...digests, descriptorDigest(echoOf('y'))]).size).toBe(changes.length + 2);
  });

  it('is the same when only words are', () => {
    expect(descriptorDigest(echoOf('x', { title: 'Other', description: 'Other.' }))).toBe(digest);
  });
});

describe('an announced capability', () => {
  const effects = { rules: [{ field: 'method', in: ['GET'], effect: 'reads' as const }], otherwise: 'writes' as const };
  const failsWhen = { field: 'status', atLeast: 400, detail: 'it answered {value}' };
  const capability = knownCapability(
    echoOf('x', { effects, failsWhen, rejections: ['POLICY_DENIED', 'OF_ITS_OWN'] }),
    'd',
  );

  it('has the effects and the failures that it tells', () => {
    expect([capability.effectsOf({ method: 'GET' }), capability.effectsOf({})]).toEqual(['reads', 'writes']);
    expect([
      capability.failureOf({ status: 404 }),
      capability.failureOf({ status: 200 }),
      capability.failureOf('x'),
    ]).toEqual(['it answered 404', undefined, undefined]);
  });

  it('is called on a subject of its provider, and answers nothing but its result', () => {
    expect(capability.call.subject).toBe('cap.x.x-echo');
    const reply = (result: unknown) => capability.call.reply.safeParse({ result, bytesIn: 0, bytesOut: 0 }).success;
    expect([reply({ said: 'x' }), reply({ said: 1 }), reply({})]).toEqual([true, false, false]);
  });

  it('is certain only of codes that there are', () => {
    expect(capability.rejections).toEqual(['POLICY_DENIED']);
  });
});
