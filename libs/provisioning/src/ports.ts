import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homePaths } from './home.ts';
import { instanceRecord, updateInstance } from './instance-record.ts';

export const LOOPBACK = '127.0.0.1';

/** The port an instance asks for first; when a stranger has it, any free one does. */
export const PREFERRED_PORTS = {
  gateway: 4700,
  nats: 4701,
  postgres: 4702,
  'audit-ledger': 4711,
  'run-orchestrator': 4712,
  'egress-proxy': 4713,
  'resource-store': 4714,
  witness: 4715,
  'forward-proxy': 4716,
  'demo-content': 4790,
} as const satisfies Record<string, number>;
export type PortName = keyof typeof PREFERRED_PORTS;
export type Ports = { readonly [name in PortName]?: number };

/** Whether a port on the loopback address can be listened on now; 0 asks the system for any free one. Resolves to the port or undefined. */
export function probePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

/** The ports chosen so far for the instance in `home`. */
export function knownPorts(home: string): Ports {
  return instanceRecord(home).ports ?? {};
}

/** Below the ports of test servers and those that systems hand out. */
const SPREAD = { from: 10_000, to: 20_900 } as const;

/**
 * Lets a new instance ask for ports of its own first, in place of the preferred ones. Whether a port is free is found out a moment before it is used: of
 * two instances that start at once and prefer the same one, one would fail. Throws when the instance has been started before.
 */
export function spreadPorts(home: string): void {
  const first = randomInt(SPREAD.from, SPREAD.to);
  const ports = Object.fromEntries(Object.keys(PREFERRED_PORTS).map((name, index) => [name, first + index]));
  writeFileSync(homePaths(home).instance, JSON.stringify({ version: 1, ports }), { flag: 'wx' });
}

const TRIES = 16;

/** Ports below those that systems give to outgoing connections: one of theirs would keep a restarted service from its own port. */
const otherPorts = (): number[] => Array.from({ length: TRIES }, () => randomInt(15_000, 32_000));

/**
 * The port for something about to be started: the one used last time if it is still free, else the preferred one, else any; kept in
 * instance.json. Call only while what wants the port is not running.
 */
export async function choosePort(home: string, name: PortName): Promise<number> {
  const known = knownPorts(home);
  const others = new Set(Object.entries(known).flatMap(([other, port]) => (other === name ? [] : [port])));
  const candidates = [known[name], PREFERRED_PORTS[name], ...otherPorts()].filter((port) => port !== undefined);
  for (const candidate of candidates) {
    if (others.has(candidate)) continue;
    const port = await probePort(candidate);
    if (port === undefined || others.has(port)) continue;
    await updateInstance(home, ({ ports }) => ({ ports: { ...ports, [name]: port } }));
    return port;
  }
  throw new Error(`no free port on ${LOOPBACK} for ${name}; stop something that listens there and try again`);
}
