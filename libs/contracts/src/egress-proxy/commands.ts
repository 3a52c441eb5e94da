import { z } from 'zod';
import { StepGrant } from '../capability.ts';
import { defineCommand } from '../define.ts';
import { FETCH_REJECTIONS, FetchResult } from './capabilities.ts';

/** The fetch of another service on behalf of a step, under the grant it was given: resource-store ingests URLs this way. GET only. */
export const fetchForStep = defineCommand({
  owner: 'egress-proxy',
  name: 'fetch',
  data: z.strictObject({ grant: StepGrant, url: z.string().min(1).max(4096) }),
  reply: z.strictObject({
    result: FetchResult,
    bytesIn: z.int().min(0),
    bytesOut: z.int().min(0),
    storedBytes: z.int().min(0).optional(),
    incomplete: z.boolean().optional(),
    factPosition: z.int().min(0).optional(),
  }),
  rejections: FETCH_REJECTIONS,
});
