import { policyToText, type Expr, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

/** One thing that a rule asks for. */
export type Condition = { readonly kind: 'when' | 'unless'; readonly body: Expr };

/** What must hold all at once for a rule to apply, besides whom, what and where it is about. */
export const conditionsOf = ({ conditions }: PolicyJson): readonly Condition[] =>
  conditions.flatMap(({ kind, body }) => parts(kind, body).map((part) => ({ kind, body: part })));

/** `when` asks for both sides of an «and», `unless` for neither side of an «or». */
function parts(kind: Condition['kind'], body: Expr): readonly Expr[] {
  const pair = pairOf(body, kind === 'when' ? '&&' : '||');
  return pair ? [...parts(kind, pair.left), ...parts(kind, pair.right)] : [body];
}

type Pair = { readonly left: Expr; readonly right: Expr };

/** Both sides of this operator; undefined when the expression is another. */
export const pairOf = (expression: Expr, operator: string): Pair | undefined =>
  (expression as Readonly<Record<string, Pair | undefined>>)[operator];

const WHOLE = { op: 'All' } as const;

/** A permit for everything that this one condition takes. */
export const onlyIf = (...conditions: readonly Condition[]): PolicyJson => ({
  ...{ effect: 'permit', principal: WHOLE, action: WHOLE, resource: WHOLE },
  conditions: conditions.map((condition) => ({ ...condition })),
});

/** A condition as Cedar writes it, with `unless` where it must not hold. */
export function wordsOf({ kind, body }: Condition): string {
  const answer = policyToText(onlyIf({ kind: 'when', body }));
  if (answer.type === 'failure') return kind;
  const [, words = ''] = /when \{ ?(.*?) ?\};?\s*$/su.exec(answer.text) ?? [];
  const bare =
    /^\((?:[^()]|\([^()]*\))*\)$/u.test(words) && !/^\([^()]*\).*\(/u.test(words) ? words.slice(1, -1) : words;
  return kind === 'when' ? bare : `unless ${bare}`;
}

/** `context.path`, `resource.host` and so on, wherever an expression speaks of them; each once. */
export function attributesIn(expression: unknown): readonly string[] {
  if (typeof expression !== 'object' || expression === null) return [];
  const access = (
    expression as { readonly '.'?: { readonly left?: { readonly Var?: string }; readonly attr?: string } }
  )['.'];
  const own = access?.left?.Var && access.attr ? [`${access.left.Var}.${access.attr}`] : [];
  return [...new Set([...own, ...Object.values(expression).flatMap(attributesIn)])];
}
