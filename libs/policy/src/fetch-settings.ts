import { z } from 'zod';

const durationMs = z.int().min(100).max(120_000);

/**
 * What one rule for requests keeps to, in `fetch:` of `pack.yaml` by the rule's id: numbers that hold while a request is on its way, and so
 * cannot be conditions of a rule, which are judged before it is sent. Each may only be tighter than `egress:` says.
 */
export const FetchSettings = z
  .record(
    z.string(),
    z.strictObject({
      /** Bytes of the request's body. */
      maxRequestBytes: z.int().min(0).optional(),
      /** Bytes of the answer's body. */
      maxResponseBytes: z.int().min(1).optional(),
      /** From the first look at the request to the last byte of the answer, redirects included. */
      timeoutMs: durationMs.optional(),
      maxRedirects: z.int().min(0).max(5).optional(),
      /** Where a redirect may lead: anywhere that the rules allow, or only to the same scheme, host and port. */
      redirects: z.enum(['rules', 'same-origin']).optional(),
    }),
  )
  .default({});
export type FetchSettings = z.infer<typeof FetchSettings>;

/** What a request under one rule keeps to. Bytes and ms. */
export type FetchLimits = {
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  readonly timeoutMs: number;
  readonly maxRedirects: number;
  readonly redirects: 'rules' | 'same-origin';
};
type General = Pick<FetchLimits, 'maxRequestBytes' | 'maxResponseBytes' | 'timeoutMs' | 'maxRedirects'>;

/** What this rule's requests keep to: the rule's own numbers, and the pack's where it has none. */
export function fetchLimits(
  { egress, fetch = {} }: { readonly egress: General; readonly fetch?: FetchSettings },
  rule: string,
): FetchLimits {
  const { maxRequestBytes, maxResponseBytes, timeoutMs, maxRedirects } = egress;
  const own = Object.hasOwn(fetch, rule) ? (fetch[rule] ?? {}) : {};
  const said = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { maxRequestBytes, maxResponseBytes, timeoutMs, maxRedirects, redirects: 'rules', ...said };
}

const BOUNDED = ['maxRequestBytes', 'maxResponseBytes', 'timeoutMs', 'maxRedirects'] as const;

/** Settings that are wider than the pack's own: reservations and grants are worked out from those. */
export function refuseWider(
  { egress, fetch }: { readonly egress: General; readonly fetch: FetchSettings },
  context: z.RefinementCtx,
): void {
  for (const [rule, limits] of Object.entries(fetch)) {
    for (const name of BOUNDED) {
      const value = limits[name];
      if (value === undefined || value <= egress[name]) continue;
      const message = `must not be above egress.${name}, which is ${egress[name]}`;
      context.addIssue({ code: 'custom', path: ['fetch', rule, name], message });
    }
  }
}
