/** A policy pack, as files, that lets requests go to one host on this machine once a person has agreed. */
export const askingPack = (host: string, port: number): Readonly<Record<string, string>> => ({
  'pack.yaml': JSON.stringify({
    ...{ id: 'asking', version: '1', description: 'For places that a person has to agree to.' },
    limits: { maxSteps: 1_000, defaultSteps: 1_000, maxWallClockMs: 3_600_000, defaultWallClockMs: 3_600_000 },
    approvals: { expiresAfterMs: 600_000 },
    destinations: [{ name: 'place', host, address: '127.0.0.1', port }],
    egress: {
      ...{ maxRequestBytes: 65_536, maxResponseBytes: 262_144, timeoutMs: 15_000, maxRedirects: 3 },
      approvalWaitMs: 60_000,
    },
  }),
  'constitution.cedar': '',
  'policy.cedar': [
    '@id("new-places") @reason("Look at a place that somebody agreed to.") @approval("human")',
    'permit (principal, action in [Action::"network.forward", Action::"network.http-fetch"], resource)',
    'when { resource.destination == "place" && context.method == "GET" };',
  ].join('\n'),
});
