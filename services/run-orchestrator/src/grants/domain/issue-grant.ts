import {
  MAX_GRANT_MS,
  type ApprovalContent,
  type GrantTerms,
  type Json,
  type JsonObject,
  type Rejection,
} from '@causeway/contracts';
import { bracketed, canonicalUrl } from '@causeway/policy';
import type { GrantEvent } from './grant.ts';

/** What an approver allows beyond the one step; `matchDigest` is that of the matched fields, worked out at the edge. */
export type PreparedStanding = {
  readonly grantId: string;
  readonly uses: number;
  readonly until: string;
  readonly match: readonly string[];
  readonly matchDigest: string;
};

/** Stands for scheme, host and port of the input's `url`, in one spelling: a destination, whatever is asked of it. */
const ORIGIN = 'url.origin';

/** Those fields of an input, in the order of their names; undefined when one of them is not there. */
export function matchedFields(input: JsonObject, match: readonly string[]): JsonObject | undefined {
  const names = [...new Set(match)].sort();
  const values = names.map((name) => valueOf(input, name));
  if (values.includes(undefined)) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
}

function valueOf(input: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(input, name)) return input[name];
  const { url } = input;
  const read = name === ORIGIN && typeof url === 'string' ? canonicalUrl(url) : undefined;
  return read?.ok ? `${read.url.scheme}://${bracketed(read.url.host)}:${read.url.port}` : undefined;
}

/** Why no standing grant can be issued with this approval; undefined when one can. */
export function standingRefusal(
  { kind = 'step', risk, quorum = 1, input }: ApprovalContent,
  { until, match }: Pick<PreparedStanding, 'until' | 'match'>,
  at: string,
): Rejection | undefined {
  const lastsMs = Date.parse(until) - Date.parse(at);
  const problem = [
    [kind !== 'step', 'only steps can be granted beforehand'],
    [risk !== 'low' && risk !== 'medium', `its risk is ${risk ?? 'not known'}, and only low and medium ones can be`],
    [quorum > 1, `${quorum} people have to agree each time`],
    [lastsMs <= 0 || lastsMs > MAX_GRANT_MS, `it has to end after now and within ${MAX_GRANT_MS} ms`],
    [matchedFields(input, match) === undefined, 'a field to match is not in the approved input'],
  ].find(([wrong]) => wrong);
  if (!problem) return undefined;
  const detail = `no standing grant: ${String(problem[1])}; grant the one step, or correct the terms`;
  return { code: 'GRANT_NOT_ALLOWED', detail };
}

/** The event with which a standing grant begins, bound to everything of the approval that makes steps alike. */
export function issued(
  content: ApprovalContent,
  { grantId, uses, until, match, matchDigest }: PreparedStanding,
  { by: issuedBy, reason, at }: { readonly by: string; readonly reason: string; readonly at: string },
): GrantEvent<'grant.issued'> {
  const { approvalId, agentId, capability, capabilityDigest, policy, rule, risk = 'critical', input } = content;
  const matched = matchedFields(input, match) ?? {};
  const terms: GrantTerms = {
    ...{ grantId, approvalId, agentId, capability, capabilityDigest, policy, rule, risk },
    ...{ match: Object.keys(matched), matchDigest, uses, until },
  };
  return { type: 'grant.issued', data: { terms, matched, issuedBy, reason, at } };
}
