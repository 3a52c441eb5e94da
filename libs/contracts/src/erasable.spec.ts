import { z } from 'zod';
import { EVENT_CONTRACTS } from './catalog.ts';
import { ERASED_TEXT, erasableTree, splitData, type ErasableTree } from './erasable.ts';
import { erasedForm, isReached, withoutErased } from './erased-event.ts';
import type { Json } from './json.ts';

describe('the members that can be erased', () => {
  it.each(['', 'a..b', 'a.*', '*'])('are not named by «%s»', (path) => {
    expect(() => erasableTree({ [path]: '' })).toThrow(RangeError);
  });

  it('do not lie within each other', () => {
    expect(() => erasableTree({ a: '', 'a.b': '' })).toThrow(RangeError);
    expect(() => erasableTree({ 'a.b': '', a: '' })).toThrow(RangeError);
  });

  it('are taken from each item of an array, in place', () => {
    const hops: Json = [{ url: 'u', rule: 'r' }, { rule: 'r' }];
    expect(splitData({ n: 1, hops } as Json, erasableTree({ 'hops.*.url': '' }))).toEqual({
      kept: { n: 1, hops: [{ rule: 'r' }, { rule: 'r' }] },
      taken: { hops: [{ url: 'u' }, null] },
    });
  });

  it('leave data with a key __proto__ as it is, for the ledger to refuse', () => {
    const data = JSON.parse('{"__proto__":1,"input":2}') as Json;
    expect(splitData(data, erasableTree({ input: {} }))).toEqual({ kept: data, taken: undefined });
  });
});

type Leaf = { readonly path: string; readonly placeholder: Json | undefined };
function leavesOf(tree: ErasableTree, prefix = ''): Leaf[] {
  return [...tree].flatMap(([name, branch]) =>
    'placeholder' in branch
      ? [{ path: prefix + name, placeholder: branch.placeholder }]
      : leavesOf(branch, `${prefix}${name}.`),
  );
}

/** The schema of a member, and whether the member may be left out. */
function memberAt(schema: z.ZodType, path: string): { readonly schema: z.ZodType; readonly optional: boolean } {
  let at = schema;
  let optional = false;
  for (const name of path.split('.')) {
    const next = name === '*' ? elementOf(at) : (unwrapped(at) as z.ZodObject).shape[name];
    if (!next) throw new Error(`${path} is not in the schema`);
    optional = next instanceof z.ZodOptional;
    at = next as z.ZodType;
  }
  return { schema: at, optional };
}
const unwrapped = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
const elementOf = (schema: z.ZodType): z.ZodType => (unwrapped(schema) as z.ZodArray).element as z.ZodType;

const erasable = [...EVENT_CONTRACTS.values()].flatMap(({ type, data, erasable: tree }) =>
  leavesOf(tree).map((leaf) => ({ type, data, ...leaf })),
);

describe('the event contracts', () => {
  it.each(erasable)('$type: the placeholder of $path fits its schema', ({ data, path, placeholder }) => {
    const { schema, optional } = memberAt(data, path);
    if (placeholder === undefined) expect(optional).toBe(true);
    else expect(schema.safeParse(placeholder).success).toBe(true);
  });

  /** Texts without a form of their own that tell what decided, in words of ours or of the policy pack. */
  const TOLD = [
    // The files of a policy pack explain every decision under it.
    'policy.recorded text',
    ...['claim.refused missing', 'claim.refused code', 'data.erased reason', 'run.failed code', 'run.failed reason'],
    ...['claim.refused', 'subgoal.refused'].flatMap((type) => [`${type} unmet.*.path`, `${type} unmet.*.message`]),
    ...['subgoal.refused missing', 'subgoal.done verifiedBy'],
    ...['run.done verifiedBy', 'step.unknown reason', 'approval.withdrawn reason', 'approval.requested reason'],
    ...['grant.issued terms.capability', 'grant.issued terms.rule', 'grant.issued terms.match.*'],
    ...['policy.decided rule', 'policy.decided reason', 'policy.decided allowed.*', 'step.started owner'],
    ...['step.requested capability', 'step.denied capability', 'approval.requested content.capability'],
    ...['approval.requested content.rule', 'approval.requested content.nonce', 'step.succeeded result.resourceId'],
    ...[
      'step.failed result.resourceId',
      ...['range.archived reason', 'range.restored reason'],
      'key.added vkey',
      'key.added reason',
      'key.retired vkey',
      'key.retired reason',
    ],
    ...['resource.ingested mediaType', 'resource.ingested provenance.callId', 'resource.ingested ingestedAt'],
    // What decides whether a call is taken, in the words of its provider.
    ...['capability.announced', 'capability.changed'].flatMap((type) =>
      ['inputSchema', 'resultSchema', 'failsWhen.detail'].map((member) => `${type} descriptor.${member}`),
    ),
    ...['step.denied rejection.rule', 'step.failed rejection.rule'],
    ...['step.denied rejection.allowed.*', 'step.failed rejection.allowed.*'],
    ...['egress.completed', 'egress.tunnelled', 'egress.denied', 'egress.failed'].flatMap((type) =>
      ['method', 'scheme', 'rule', 'hops.*.rule', 'hops.*.secret', 'code', 'stage'].map(
        (member) => `${type} ${member}`,
      ),
    ),
    ...['egress.completed contentType', 'egress.completed responseSha256', 'egress.completed requestSha256'],
  ];

  /** Members of a schema that take any text or any JSON. */
  function freeMembers(schema: z.ZodType, path: string): string[] {
    const inner = unwrapped(schema);
    if (inner instanceof z.ZodObject)
      return Object.entries(inner.shape).flatMap(([name, member]) =>
        freeMembers(member as z.ZodType, `${path}.${name}`),
      );
    if (inner instanceof z.ZodArray) return freeMembers(inner.element as z.ZodType, `${path}.*`);
    return ['x y', { any: 'thing' }].some((value) => inner.safeParse(value).success) ? [path.slice(1)] : [];
  }

  it.each([...EVENT_CONTRACTS.values()])('say of every free text of $type whether it can be erased', (contract) => {
    const { type, data, erasable: tree } = contract;
    const paths = leavesOf(tree).map(({ path }) => path);
    const isErasable = (member: string) => paths.some((path) => `${member}.`.startsWith(`${path}.`));
    const unsaid = freeMembers(data, '').filter((member) => {
      const isPolicyRef = /(^|\.)policy\.(pack|version)$/.test(member);
      return !isErasable(member) && !isPolicyRef && !TOLD.includes(`${type} ${member}`);
    });
    expect(unsaid).toEqual([]);
  });
});

describe('an erasure', () => {
  const event = { position: 3, stream: 'apr_1', scope: 'run_1' };

  it.each([
    [{ scope: 'run_1' }, 4, true],
    [{ scope: 'run_1' }, 3, false],
    [{ scope: 'apr_1' }, 4, false],
    [{ stream: 'apr_1' }, 4, true],
    [{ stream: 'run_1' }, 4, false],
    [{ positions: [1, 3] }, 4, true],
    [{ positions: [1, 2] }, 4, false],
  ])('of %o before %i reaches the event: %s', (target, before, reached) => {
    expect(isReached({ target, before }, event)).toBe(reached);
  });
});

describe('an event in its erased form', () => {
  const rejection = { code: 'POLICY_DENIED', detail: 'no', facts: { n: 1 }, rule: 'r' };
  const denied = { type: 'step.denied', data: { stepId: 's', rejection } };

  it('has placeholders for what is gone, and says so', () => {
    expect(erasedForm(denied)).toEqual({
      ...{ type: 'step.denied', erased: true },
      data: { stepId: 's', rejection: { code: 'POLICY_DENIED', detail: ERASED_TEXT, rule: 'r' } },
    });
  });

  it('is what the ledger makes of its leaf', () => {
    const { kept } = splitData(denied.data, EVENT_CONTRACTS.get('step.denied')!.erasable);
    expect(withoutErased('step.denied', kept)).toEqual(erasedForm(denied).data);
  });

  it.each([
    { type: 'run.resumed', data: { by: 'op' } },
    { type: 'moon.landed', data: { input: 1 } },
    erasedForm(denied),
  ])('is the event itself when there is nothing to erase: %o', (one) => {
    expect(erasedForm(one)).toBe(one);
  });
});
