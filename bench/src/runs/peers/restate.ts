import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../child.ts';
import { expectOk, httpClient, type HttpClient } from '../../http-client.ts';
import { withOwn } from '../../instance-processes.ts';
import { measure } from '../../load.ts';
import { processorTimeOf } from '../../processor-time.ts';
import type { Peer } from './peers.ts';

export const RESTATE = 'peer: Restate';

const START_WITHIN_MS = 60_000;
const POLL_MS = 200;

/** A handler with one durable step for each request: Restate's server with its defaults, which flush every batch to disk, and a service beside it. */
export async function restate(folder: string): Promise<Peer> {
  const server = await startServer(folder);
  const service = await startChild(join(folder, 'restate-step.mjs'), {
    NODE_ENV: 'production',
    RESTATE_LOGGING: 'WARN',
  });
  const admin = httpClient(`http://127.0.0.1:${server.adminPort}`);
  await register(admin, `http://127.0.0.1:${(service.ready as { port: number }).port}`);
  const client = httpClient(`http://127.0.0.1:${server.ingressPort}`);
  await answered(() => client.post('/pinger/ping', {}));
  const parts = { peer: [server.pid, service.pid], load: [] };
  return {
    at: (inFlight) => ({
      ...{ name: RESTATE, inFlight, processorTime: async () => withOwn(processorTimeOf(parts)) },
      measure: (load) => measure(load, () => expectOk(client.post('/pinger/ping', {}))),
    }),
    close: async () => {
      await Promise.all([client.close(), admin.close()]);
      await service.stop();
      await server.stop();
    },
  };
}

async function startServer(folder: string) {
  const [adminPort, ingressPort, nodePort] = await freePorts(3);
  const data = mkdtempSync(join(tmpdir(), 'causeway-bench-restate-'));
  const program = join('@restatedev', `restate-server-${process.platform}-${process.arch}`, 'bin', 'restate-server');
  const log = openSync(join(data, 'server.log'), 'w');
  const child = spawn(
    join(folder, 'node_modules', program),
    ['--base-dir', data, '--bind-ip', '127.0.0.1', '--listen-mode', 'tcp', '--node-name', 'bench', '--no-logo'],
    {
      env: {
        ...process.env,
        RESTATE_ADMIN__BIND_PORT: String(adminPort),
        RESTATE_INGRESS__BIND_PORT: String(ingressPort),
        RESTATE_BIND_PORT: String(nodePort),
        RESTATE_DISABLE_TELEMETRY: 'true',
      },
      stdio: ['ignore', log, log],
    },
  );
  const gone = once(child, 'exit');
  return {
    ...{ adminPort, ingressPort, pid: child.pid ?? 0 },
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

const register = (admin: HttpClient, uri: string): Promise<void> => answered(() => admin.post('/deployments', { uri }));

/** Sends a request until it is taken: the server needs a moment until it is there. */
async function answered(send: () => ReturnType<HttpClient['post']>): Promise<void> {
  const until = Date.now() + START_WITHIN_MS;
  for (;;) {
    const answer = await send().catch((error: unknown) => ({ status: 0, body: String(error) }));
    if (answer.status >= 200 && answer.status < 300) return;
    if (Date.now() > until)
      throw new Error(`Restate does not take requests: ${answer.status} ${answer.body.slice(0, 400)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  for (const server of servers) server.close();
  return ports;
}
