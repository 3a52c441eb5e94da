import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics.ts';

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

type Answer = { readonly status: number; readonly contentType: string; readonly body: string };

/**
 * Answers `/healthz` (the process runs), `/readyz` (every check holds; else 503 with the names of those that do not) and `/metrics`
 * (Prometheus text; 500 when a value could not be read).
 */
export async function serveHealth(options: {
  host: string;
  port: number;
  service: string;
  checks: readonly Check[];
  metrics: Metrics;
}): Promise<HealthServer> {
  const json = (status: number, body: object): Answer => ({
    ...{ status, contentType: 'application/json' },
    body: JSON.stringify({ service: options.service, ...body }),
  });
  const server: Server = createServer((request, response) => {
    void respond(request.url ?? '')
      .catch(() => json(500, { status: 'failed' }))
      .then(({ status, contentType, body }) => {
        response.writeHead(status, { 'content-type': contentType });
        response.end(body);
      });
  });
  async function respond(url: string): Promise<Answer> {
    if (url === '/healthz') return json(200, { status: 'ok' });
    if (url === '/metrics') return metricsAnswer(options.metrics);
    if (url !== '/readyz') return json(404, { status: 'not found' });
    const failing = await failingChecks(options.checks);
    return failing.length === 0 ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', failing });
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

async function metricsAnswer(metrics: Metrics): Promise<Answer> {
  const { contentType, text } = await metrics.page();
  return { status: 200, contentType, body: text };
}
