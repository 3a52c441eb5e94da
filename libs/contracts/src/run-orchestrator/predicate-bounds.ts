/** Most groups within each other, and most nodes in all, that a predicate may have. */
export const MAX_PREDICATE_DEPTH = 8;
export const MAX_PREDICATE_NODES = 64;

export type BoundsProblem = { readonly path: readonly (string | number)[]; readonly message: string };
type Place = {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
  readonly depth: number;
  readonly isNegated: boolean;
};

/**
 * The first thing by which a value is no predicate whatever its fields say: too deep, too many nodes, a kind that has its place elsewhere. Walks
 * groups without recursion and stops at the bounds, so that any value may be asked about; everything else is the schema's to check.
 */
export function boundsProblem(value: unknown, elsewhere: readonly string[]): BoundsProblem | undefined {
  const open: Place[] = [{ value, path: [], depth: 1, isNegated: false }];
  for (let nodes = 1; open.length > 0; nodes++) {
    const place = open.pop() as Place;
    const message = nodes > MAX_PREDICATE_NODES ? TOO_MANY : problemAt(place, elsewhere);
    if (message !== undefined) return { path: place.path, message };
    open.push(
      ...partsOf(place)
        .slice(0, MAX_PREDICATE_NODES + 1)
        .reverse(),
    );
  }
  return undefined;
}

const TOO_MANY = `is one node more than the ${MAX_PREDICATE_NODES} that a predicate may have`;

function problemAt({ value, depth, isNegated }: Place, elsewhere: readonly string[]): string | undefined {
  if (depth > MAX_PREDICATE_DEPTH) return `is nested deeper than ${MAX_PREDICATE_DEPTH} levels`;
  const kind = isObject(value) ? value['kind'] : undefined;
  if (kind === 'manual' && isNegated) return 'manual cannot stand below not: nobody confirms that a run is not done';
  if (typeof kind === 'string' && elsewhere.includes(kind)) return `${kind} is for the predicate of a run`;
  return undefined;
}

function partsOf({ value, path, depth, isNegated }: Place): Place[] {
  if (!isObject(value)) return [];
  const lists = ['all_of', 'any_of'].flatMap((name) => {
    const items: unknown = value[name];
    if (!Array.isArray(items)) return [];
    return items.map((item: unknown, at) => ({ value: item, path: [...path, name, at], depth: depth + 1, isNegated }));
  });
  const not = { value: value['not'], path: [...path, 'not'], depth: depth + 1, isNegated: true };
  return isObject(not.value) ? [...lists, not] : lists;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
