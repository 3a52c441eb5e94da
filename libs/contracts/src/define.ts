import type { z } from 'zod';
import { erasableTree, type ErasableMembers, type ErasableTree } from './erasable.ts';
import type { ErrorCode } from './errors.ts';
import { subjectOf } from './subjects.ts';

/** A message that is answered: subject, data, reply and the rejections that its owner may return, in one object. */
export type MessageContract<Data extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> = {
  readonly kind: 'command' | 'query' | 'capability';
  readonly owner: string;
  readonly name: string;
  readonly subject: string;
  readonly data: Data;
  readonly reply: Reply;
  /** What the owner may refuse with, besides what any message can meet (REQUEST_INVALID, SERVICE_UNAVAILABLE, INTERNAL). */
  readonly rejections: readonly ErrorCode[];
  /** Most bytes that travel behind the data as they are; left out: none do. */
  readonly dataBytes?: number;
  /** The same, behind the reply. */
  readonly replyBytes?: number;
};
export type DataOf<C extends MessageContract> = z.infer<C['data']>;
export type ReplyOf<C extends MessageContract> = z.infer<C['reply']>;

type Definition<Data extends z.ZodType, Reply extends z.ZodType> = {
  readonly owner: string;
  readonly name: string;
  readonly data: Data;
  readonly reply: Reply;
  readonly rejections: readonly ErrorCode[];
  readonly dataBytes?: number;
  readonly replyBytes?: number;
};

/** A command: asks its owner to do something; imperative name. */
export function defineCommand<Data extends z.ZodType, Reply extends z.ZodType>(
  d: Definition<Data, Reply>,
): MessageContract<Data, Reply> {
  return { kind: 'command', subject: subjectOf({ kind: 'command', owner: d.owner, name: d.name }), ...d };
}

/** A query: asks its owner a question; changes nothing. */
export function defineQuery<Data extends z.ZodType, Reply extends z.ZodType>(
  d: Definition<Data, Reply>,
): MessageContract<Data, Reply> {
  return { kind: 'query', subject: subjectOf({ kind: 'query', owner: d.owner, name: d.name }), ...d };
}

/**
 * An event type: its noun's owner alone may write it. Members of its data that are `erasable` are sealed by a salted digest and kept beside the
 * leaf; what decides (ids, digests, codes, states, numbers) stands in the leaf.
 */
export type EventContract<Type extends string = string, Data extends z.ZodType = z.ZodType> = {
  readonly type: Type;
  readonly owner: string;
  /** Version of the data's schema; a change of meaning makes a new number, never a new reading of an old leaf. */
  readonly schema: number;
  readonly erasable: ErasableTree;
  readonly data: Data;
};

type EventDefinition = { readonly data: z.ZodType; readonly erasable?: ErasableMembers; readonly schema?: number };

/** Declares the event types of one service: `defineEvents('owner', {'noun.past': {data, erasable?, schema?}})`. */
export function defineEvents<T extends Record<string, EventDefinition>>(
  owner: string,
  types: T,
): { readonly [K in keyof T & string]: EventContract<K, T[K]['data']> } {
  const contracts = Object.entries(types).map(([type, { data, erasable, schema }]) => [
    type,
    { type, owner, schema: schema ?? 1, erasable: erasableTree(erasable ?? {}), data },
  ]);
  return Object.fromEntries(contracts) as { readonly [K in keyof T & string]: EventContract<K, T[K]['data']> };
}

/** The union of the events that a group of event contracts describes; `erased` once placeholders stand for what could be erased. */
export type EventOf<T extends Record<string, EventContract>> = {
  [K in keyof T & string]: { readonly type: K; readonly data: z.infer<T[K]['data']>; readonly erased?: true };
}[keyof T & string];
