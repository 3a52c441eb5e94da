import fc from 'fast-check';
import { often, one, rarely, stepOf, type Weighted } from './asked.ts';
import type { Request } from './requests.ts';
import { APPROVERS, PEOPLE } from './scene.ts';

const run = fc.constantFrom(0, 0, 2);
/** The newest more often than not, so that several speak of one. */
const pick = fc.constantFrom(0, 0, 0, 0, 1);
const by = fc.constantFrom<string>(...PEOPLE, ...PEOPLE, ...APPROVERS);
const wrong = fc.constantFrom<'nothing' | 'digest' | 'statement'>(
  ...(['nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'digest', 'statement'] as const),
);

/** Several have to agree, or only some may. */
export const CONSENT: readonly Weighted<Request>[] = [
  often(8, stepOf(run, 'ask', 'ask-again', 'ask-to-read', 'ask-to-read-again')),
  often(16, fc.record({ kind: one('grant'), pick, by, wrong, again: rarely })),
  often(2, fc.record({ kind: fc.constantFrom('deny' as const, 'return' as const), pick, by })),
  often(1, fc.record({ kind: one('grant-more'), pick, by, wrong: one('nothing'), uses: one(1), forMs: one(40_000) })),
];
