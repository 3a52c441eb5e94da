import { z } from 'zod';
import { defineCommand } from './define.ts';

/** What a rebuild did to one view: dropped, read again from position 0, compared with what it replaced at the same position. */
export const RebuiltProjection = z.strictObject({
  projection: z.string(),
  events: z.int().min(0),
  position: z.int().min(0),
  digestBefore: z.string(),
  digestAfter: z.string(),
  equal: z.boolean(),
});
export type RebuiltProjection = z.infer<typeof RebuiltProjection>;

/** Rebuilds all of a service's projections from the ledger while it serves. */
export const rebuildProjectionsOf = (owner: string) =>
  defineCommand({
    owner,
    name: 'rebuild-projections',
    data: z.strictObject({}),
    reply: z.strictObject({ projections: z.array(RebuiltProjection) }),
    rejections: ['LEDGER_UNAVAILABLE'],
  });
