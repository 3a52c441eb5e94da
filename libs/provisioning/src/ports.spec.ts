import { createServer, type Server } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { updateInstance } from './instance-record.ts';
import { choosePort, knownPorts, LOOPBACK, PREFERRED_PORTS, probePort, spreadPorts } from './ports.ts';

const listenOn = (port: number): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(port, LOOPBACK, () => resolve(server));
  });

describe('the ports of an instance', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'causeway-ports-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('are its own from the beginning when it starts beside others, one for each name', async () => {
    spreadPorts(home);
    const ports = Object.values(knownPorts(home));
    expect(Object.keys(knownPorts(home))).toEqual(Object.keys(PREFERRED_PORTS));
    expect(new Set(ports).size).toBe(ports.length);
    for (const preferred of Object.values(PREFERRED_PORTS)) expect(ports).not.toContain(preferred);
    expect(() => spreadPorts(home)).toThrow('EEXIST');
  });

  it('stay the same from start to start', async () => {
    spreadPorts(home);
    const port = await choosePort(home, 'demo-content');
    expect(await choosePort(home, 'demo-content')).toBe(port);
    expect(knownPorts(home)['demo-content']).toBe(port);
  });

  it('are chosen again when a stranger has taken them', async () => {
    const free = (await probePort(0)) ?? 0;
    await updateInstance(home, () => ({ ports: { gateway: free } }));
    const stranger = await listenOn(free);
    const port = await choosePort(home, 'gateway');
    stranger.close();
    expect(port).not.toBe(free);
    expect(knownPorts(home).gateway).toBe(port);
  });

  it('are never given out twice', async () => {
    const free = (await probePort(0)) ?? 0;
    await updateInstance(home, () => ({ ports: { gateway: free, nats: free } }));
    expect(await choosePort(home, 'nats')).not.toBe(free);
  });
});
