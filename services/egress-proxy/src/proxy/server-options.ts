/**
 * What the proxy's parser and its clocks keep to, wherever requests come from: strict HTTP/1.1, one head of 16 KiB at the most. Times in ms. How long a body
 * may take depends on whether it is held or passed on: `request-body.ts` and the call's own limits see to it.
 */
export const SERVER_OPTIONS = {
  insecureHTTPParser: false,
  requireHostHeader: false,
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 0,
  connectionsCheckingInterval: 1_000,
  noDelay: true,
} as const;
