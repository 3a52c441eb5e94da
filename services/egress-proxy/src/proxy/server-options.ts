/** What the proxy's parser and its clocks keep to, wherever requests come from: strict HTTP/1.1, one head of 16 KiB at the most. Times in ms. */
export const SERVER_OPTIONS = {
  insecureHTTPParser: false,
  requireHostHeader: false,
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  noDelay: true,
} as const;
