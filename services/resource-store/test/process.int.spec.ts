import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announceBy, findResources } from '@causeway/contracts';
import { ok } from '@causeway/messaging';
import {
  serveMemoryLedger,
  startServiceProcess,
  testInfrastructure,
  until,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';

let infra: TestInfrastructure;
let folder: string;
let env: Record<string, string>;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  infra = await testInfrastructure();
  serveMemoryLedger(await infra.connect('audit-ledger'));
  const orchestrator = await infra.connect('run-orchestrator');
  orchestrator.serve(announceBy('resource-store'), () => Promise.resolve(ok({ version: 0, capabilities: [] })));
  folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
  env = { ...infra.environment('resource-store', await infra.database()), CAUSEWAY_INGEST_DIR: folder };
});
afterEach(() => service?.kill('SIGKILL'));
afterAll(async () => {
  await infra.stop();
  rmSync(folder, { recursive: true });
});

async function readiness(port: number): Promise<{ status: number; failing?: string[] }> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: 'close' } });
  const { failing } = (await response.json()) as { failing?: string[] };
  return { status: response.status, ...(failing ? { failing } : {}) };
}
describe('the process of the service', () => {
  it('serves on the bus, says that it is ready, and ends well when it is told to', async () => {
    service = await startServiceProcess('resource-store', env);
    const { port } = service;
    await until('its capabilities are announced', async () => (await readiness(port)).status === 200);
    const gateway = await infra.connect('gateway');
    const meta = { id: 'q', actor: { kind: 'operator' as const, id: 'ada' } };
    expect(await gateway.request(findResources, {}, meta)).toEqual({ ok: true, value: { resources: [] } });
    expect(await service.kill('SIGTERM')).toBe(0);
    expect(service.output()).toContain('"msg":"stopped"');
  });

  it('is not ready while the bus is away, and is again when it is back', async () => {
    service = await startServiceProcess('resource-store', env);
    const { port } = service;
    await until('its capabilities are announced', async () => (await readiness(port)).status === 200);
    await infra.nats.stop();
    await until('the service is not ready', async () => (await readiness(port)).status === 503);
    expect(await readiness(port)).toEqual({ status: 503, failing: ['bus'] });
    await infra.nats.start();
    await until('the service is ready again', async () => (await readiness(port)).status === 200);
  });

  it('refuses to start with a configuration that does not do, names every problem and shows no secret', async () => {
    const broken = { ...env, CAUSEWAY_INGEST_DIR: '', CAUSEWAY_MAX_RESOURCE_BYTES: 'many' };
    const start = startServiceProcess('resource-store', broken);
    await expect(start).rejects.toThrow(/status 1[^]*CAUSEWAY_INGEST_DIR[^]*CAUSEWAY_MAX_RESOURCE_BYTES/);
    await expect(start).rejects.not.toThrow(infra.credentials('resource-store').password);
  });

  it('refuses to start when it cannot log in to the bus', async () => {
    const stranger = { ...env, CAUSEWAY_NATS_PASSWORD_FILE: infra.credentials('gateway').passwordFile };
    await expect(startServiceProcess('resource-store', stranger)).rejects.toThrow(/could not start/);
  });
});
