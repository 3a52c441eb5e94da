import swcJest from '@swc/jest';
import type { Mutation } from './mutation.ts';
import { mutate } from './mutate.ts';

export type TransformerOptions = { readonly mutation: Mutation; readonly swc: object };

/** What Jest wants of a transformer, as far as it is needed here. */
type Transformer = { readonly process: (source: string, path: string, how: never) => unknown };

/** Compiles as the tests always do, except that the guard is taken out of its file on the way: the tree itself is not touched. */
export function createTransformer({ mutation, swc }: TransformerOptions): Transformer {
  const inner = swcJest.createTransformer(swc) as Transformer;
  return {
    process: (source, path, how) =>
      inner.process(path.endsWith(`/${mutation.file}`) ? mutate(source, mutation) : source, path, how),
  };
}
