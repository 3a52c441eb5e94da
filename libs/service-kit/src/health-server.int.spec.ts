import { failingChecks, serveHealth, type HealthServer } from './health-server.ts';

let health: HealthServer;
let isReady = true;

beforeAll(async () => {
  const checks = [
    { name: 'always', isReady: () => true },
    { name: 'database', isReady: () => Promise.resolve(isReady) },
  ];
  health = await serveHealth({ host: '127.0.0.1', port: 0, service: 'test', checks });
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
