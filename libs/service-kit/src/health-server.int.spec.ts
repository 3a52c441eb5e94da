import { failingChecks, serveHealth, type HealthServer } from './health-server.ts';
import { createMetrics } from './metrics.ts';

let health: HealthServer;
let isReady = true;
const metrics = createMetrics('test');
let depth = (): number => 3;
metrics.reading({ name: 'causeway_depth_events', help: 'Depth.' }, () => depth());

beforeAll(async () => {
  const checks = [
    { name: 'always', isReady: () => true },
    { name: 'database', isReady: () => Promise.resolve(isReady) },
  ];
  health = await serveHealth({ host: '127.0.0.1', port: 0, service: 'test', checks, metrics });
});
afterAll(() => health.close());

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${health.port}${path}`, { headers: { connection: 'close' } });
  return { status: response.status, body: await response.json() };
}

describe('the health of a service', () => {
  it('is ready when every check holds, and names those that do not', async () => {
    isReady = true;
    expect(await get('/readyz')).toEqual({ status: 200, body: { service: 'test', status: 'ready' } });
    isReady = false;
    expect(await get('/readyz')).toEqual({
      status: 503,
      body: { service: 'test', status: 'not ready', failing: ['database'] },
    });
  });

  it('is alive even when it is not ready', async () => {
    isReady = false;
    expect(await get('/healthz')).toEqual({ status: 200, body: { service: 'test', status: 'ok' } });
  });

  it('shows the metrics of the process as text', async () => {
    const response = await fetch(`http://127.0.0.1:${health.port}/metrics`, { headers: { connection: 'close' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('causeway_depth_events{service="test"} 3\n');
  });

  it('says so when a metric cannot be read, and goes on', async () => {
    depth = () => {
      throw new Error('broken');
    };
    expect(await get('/metrics')).toEqual({ status: 500, body: { service: 'test', status: 'failed' } });
    expect((await get('/healthz')).status).toBe(200);
  });

  it('has nothing else to show', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/readyz/../secrets')).status).toBe(404);
  });
});

describe('a check', () => {
  it('that throws or rejects does not hold', async () => {
    const thrower = (): boolean => {
      throw new Error('down');
    };
    const checks = [
      { name: 'throws', isReady: thrower },
      { name: 'rejects', isReady: () => Promise.reject(new Error('down')) },
      { name: 'holds', isReady: () => true },
    ];
    expect(await failingChecks(checks)).toEqual(['throws', 'rejects']);
  });
});
