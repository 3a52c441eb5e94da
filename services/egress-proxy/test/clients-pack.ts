/** A policy pack, as files, that lets tunnels and forwarded requests go to these ports of one host on this machine. */
export const clientsPack = (
  host: string,
  ports: Readonly<Record<string, number>>,
): Readonly<Record<string, string>> => ({
  'pack.yaml': JSON.stringify({
    ...{ id: 'clients', version: '1', description: 'For clients that know only a proxy.' },
    limits: { maxSteps: 1_000, defaultSteps: 1_000, maxWallClockMs: 3_600_000, defaultWallClockMs: 3_600_000 },
    approvals: { expiresAfterMs: 60_000 },
    destinations: Object.entries(ports).map(([name, port]) => ({ name, host, address: '127.0.0.1', port })),
    egress: { maxRequestBytes: 65_536, maxResponseBytes: 262_144, timeoutMs: 15_000, maxRedirects: 3 },
  }),
  'constitution.cedar': '',
  'policy.cedar': [
    '@id("tunnels") @reason("TLS to the servers of the test.")',
    `permit (principal, action == Action::"network.tunnel", resource) when { resource.destination != "" && context.sni == "${host}" };`,
    '@id("plain") @reason("Read pages in plain.")',
    'permit (principal, action == Action::"network.forward", resource) when { resource.destination == "plain" && context.method == "GET" };',
  ].join('\n'),
});
