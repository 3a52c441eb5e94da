import { createServer, type Server } from 'node:http';

export type Check = { readonly name: string; readonly isReady: () => boolean | Promise<boolean> };
export type HealthServer = { readonly port: number; readonly close: () => Promise<void> };

/** Which checks do not hold now; a check that throws does not hold. */
export async function failingChecks(checks: readonly Check[]): Promise<string[]> {
  const results = await Promise.all(
    checks.map(async ({ name, isReady }) => ({
      name,
      ready: await Promise.resolve()
        .then(isReady)
        .catch(() => false),
    })),
  );
  return results.filter(({ ready }) => !ready).map(({ name }) => name);
}

/** Answers `/healthz` (the process runs) and `/readyz` (every check holds; else 503 with the names of those that do not). */
export async function serveHealth(options: {
  host: string;
  port: number;
  service: string;
  checks: readonly Check[];
}): Promise<HealthServer> {
  const server: Server = createServer((request, response) => {
    void respond(request.url ?? '').then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ service: options.service, ...body }));
    });
  });
  async function respond(url: string): Promise<{ status: number; body: object }> {
    if (url === '/healthz') return { status: 200, body: { status: 'ok' } };
    if (url !== '/readyz') return { status: 404, body: { status: 'not found' } };
    const failing = await failingChecks(options.checks);
    return failing.length === 0
      ? { status: 200, body: { status: 'ready' } }
      : { status: 503, body: { status: 'not ready', failing } };
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
