import { z } from 'zod';

/** What egress-proxy used for calls of its own that one call made necessary. They have facts of their own, and are charged with that call. */
export const OwnCallsUsed = z.strictObject({
  calls: z.int().min(1),
  bytesIn: z.int().min(0),
  bytesOut: z.int().min(0),
});
export type OwnCallsUsed = z.infer<typeof OwnCallsUsed>;

/** Most bytes of one call of egress-proxy's own, on the wire. */
export const OWN_CALL_BYTES = { bytesIn: 262_144, bytesOut: 65_536 } as const;

/**
 * What has to be set aside for calls of egress-proxy's own.
 * @param ownCalls how many one request can make necessary at worst
 * @param requests how many requests there can be, redirects among them
 */
export const ownCallsReserve = (
  ownCalls = 0,
  requests = 1,
): { readonly bytesIn: number; readonly bytesOut: number } => ({
  bytesIn: ownCalls * requests * OWN_CALL_BYTES.bytesIn,
  bytesOut: ownCalls * requests * OWN_CALL_BYTES.bytesOut,
});
