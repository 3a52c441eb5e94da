import { z } from 'zod';
import { fieldErrors } from './rejection.ts';

const Order = z.strictObject({
  name: z.string().min(1),
  items: z.array(z.strictObject({ count: z.int() })),
  way: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('post'), zip: z.string() }),
    z.strictObject({ kind: z.literal('walk') }),
  ]),
});
const pathsOf = (value: unknown): string[] => {
  const parsed = Order.safeParse(value);
  return parsed.success ? [] : fieldErrors(parsed.error).map(({ path }) => path);
};
const good = { name: 'a', items: [{ count: 1 }], way: { kind: 'walk' } };

describe('field errors', () => {
  it('are none when everything fits', () => expect(pathsOf(good)).toEqual([]));

  it('name each field by its dotted path', () => {
    expect(pathsOf({ ...good, name: '', items: [{ count: 1 }, { count: 'x' }] })).toEqual(['name', 'items.1.count']);
    expect(pathsOf({ ...good, way: { kind: 'post' } })).toEqual(['way.zip']);
    expect(pathsOf({ ...good, way: { kind: 'fly' } })).toEqual(['way.kind']);
  });

  it('name a field that should not be there, and one that is missing', () => {
    expect(pathsOf({ ...good, extra: 1, more: 2 })).toEqual(['extra', 'more']);
    expect(pathsOf({ ...good, items: [{ count: 1, extra: 1 }] })).toEqual(['items.0.extra']);
    expect(pathsOf({ items: [], way: { kind: 'walk' } })).toEqual(['name']);
  });

  it('have an empty path for the body as a whole', () => {
    expect(pathsOf('text')).toEqual(['']);
    expect(pathsOf(undefined)).toEqual(['']);
  });
});
