/** A host whose tunnels are looked into. */
export type LookedInto = { readonly host: string; readonly port: number };

/**
 * A policy pack, as files, that lets tunnels and forwarded requests go to these ports of one host on this machine, and reading requests to another one
 * whose tunnels are looked into.
 */
export const clientsPack = (
  host: string,
  ports: Readonly<Record<string, number>>,
  looked: LookedInto,
): Readonly<Record<string, string>> => ({
  'pack.yaml': JSON.stringify({
    ...{ id: 'clients', version: '1', description: 'For clients that know only a proxy.' },
    limits: { maxSteps: 1_000, defaultSteps: 1_000, maxWallClockMs: 3_600_000, defaultWallClockMs: 3_600_000 },
    approvals: { expiresAfterMs: 60_000 },
    destinations: [
      ...Object.entries(ports).map(([name, port]) => ({ name, host, address: '127.0.0.1', port })),
      { name: 'looked', ...looked, address: '127.0.0.1' },
    ],
    egress: {
      ...{ maxRequestBytes: 65_536, maxResponseBytes: 262_144, timeoutMs: 15_000, maxRedirects: 3 },
      intercept: [looked.host],
    },
  }),
  'constitution.cedar': '',
  'policy.cedar': [
    '@id("tunnels") @reason("TLS to the servers of the test.")',
    `permit (principal, action == Action::"network.tunnel", resource) when { resource.destination != "" && ["${host}", "${looked.host}"].contains(context.sni) };`,
    '@id("inside") @reason("Read pages by way of a tunnel.")',
    'permit (principal, action == Action::"network.forward", resource) when { resource.destination == "looked" && resource.scheme == "https" && context.method == "GET" };',
    '@id("plain") @reason("Read pages in plain.")',
    'permit (principal, action == Action::"network.forward", resource) when { resource.destination == "plain" && context.method == "GET" };',
  ].join('\n'),
});
