import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PAGES_HOST = 'pages.bench.internal';
export const TUNNELS_HOST = 'tunnels.bench.internal';
export type SitePorts = { readonly pages: number; readonly tunnels: number };

/** More bytes than any measurement moves. */
const PLENTIFUL = { max: 2 ** 45, default: 2 ** 45 };
const STEPS = 1_000;
const DAY_MS = 86_400_000;

/** Writes a policy pack that lets agents read the site's page and hold tunnels to it, and do nothing else. Returns its folder. */
export function writePack(folder: string, ports: SitePorts): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(packFiles(ports))) writeFileSync(join(folder, name), text);
  return folder;
}

const packFiles = ({ pages, tunnels }: SitePorts): Readonly<Record<string, string>> => ({
  'pack.yaml': JSON.stringify({
    ...{ id: 'bench', version: '1', description: 'For measurements.' },
    limits: { maxSteps: STEPS, defaultSteps: STEPS, maxWallClockMs: DAY_MS, defaultWallClockMs: DAY_MS },
    budget: Object.fromEntries(['bytesIn', 'bytesOut', 'storedBytes'].map((meter) => [meter, PLENTIFUL])),
    approvals: { expiresAfterMs: 60_000 },
    destinations: [
      { name: 'pages', host: PAGES_HOST, address: '127.0.0.1', port: pages },
      { name: 'tunnels', host: TUNNELS_HOST, address: '127.0.0.1', port: tunnels },
    ],
    egress: {
      ...{ maxRequestBytes: 65_536, maxResponseBytes: 262_144, timeoutMs: 120_000, maxRedirects: 3 },
      ...{ maxKeptBytes: 2 ** 30, maxSentBytes: 2 ** 30 },
      ...{ forwardBytesIn: 2 ** 32, forwardBytesOut: 2 ** 32, forwardMs: 600_000 },
      ...{ tunnelMs: 600_000, tunnelBytesIn: 2 ** 36, tunnelBytesOut: 2 ** 36 },
    },
  }),
  'constitution.cedar': '',
  'policy.cedar': [
    '@id("pages") @reason("Read the page of the bench.")',
    'permit (principal, action in [Action::"network.http-fetch", Action::"network.forward"], resource) when { resource.destination == "pages" };',
    '@id("tunnels") @reason("Carry bytes to and from the bench.")',
    'permit (principal, action == Action::"network.tunnel", resource) when { resource.destination == "tunnels" };',
    '@id("ping") @reason("Say nothing.")',
    'permit (principal, action == Action::"system.ping", resource);',
  ].join('\n'),
});
