import { CANARY, FRONT_NAME, REBINDING_NAME, SITE_NAME } from './addresses.ts';

/** Hosts that the rules allow although the guards must not: so it is the guards that stand alone there. */
const HOSTS = [
  ...[SITE_NAME, FRONT_NAME, REBINDING_NAME, 'mixed.example.com', 'metadata.example.com', 'private.example.com'],
  ...[CANARY.metadata, '127.0.0.1'],
];
const allowed = `${JSON.stringify(HOSTS)}.contains(resource.host)`;

export type NamedPlace = {
  readonly name: string;
  readonly host: string;
  readonly address: string;
  readonly port: number;
};

/** A policy pack, as files, for the jail's attempts: as open as a rule can be for some hosts, closed for the rest. */
export const jailPack = (destinations: readonly NamedPlace[] = []): Readonly<Record<string, string>> => ({
  'pack.yaml': JSON.stringify({
    ...{ id: 'jail', version: '1', description: 'For processes that have only the proxy.' },
    limits: { maxSteps: 1_000, defaultSteps: 1_000, maxWallClockMs: 3_600_000, defaultWallClockMs: 3_600_000 },
    approvals: { expiresAfterMs: 60_000 },
    destinations,
    egress: {
      maxRequestBytes: 65_536,
      maxResponseBytes: 262_144,
      timeoutMs: 15_000,
      maxRedirects: 3,
    },
  }),
  'constitution.cedar': '',
  'policy.cedar': [
    '@id("pages") @reason("Pages of hosts that are not always what they say.")',
    'permit (principal, action in [Action::"network.http-fetch", Action::"network.forward"], resource)',
    `when { ${allowed} || resource.host like "*.wild.example.com" };`,
    '@id("tunnels") @reason("TLS to the same hosts.")',
    `permit (principal, action == Action::"network.tunnel", resource) when { ${allowed} };`,
  ].join('\n'),
});
