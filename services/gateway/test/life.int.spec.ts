import { httpApi, pathOf, ROUTES, routerPathOf, type Health } from '@causeway/contracts';
import { createLog, createMetrics } from '@causeway/service-kit';
import { startServiceProcess, testInfrastructure } from '@causeway/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembleGateway } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import { bearer, gatewayUnderTest, newToken, READY_PATH, writeKeys } from './gateway.features.ts';
import { serveToldLedger } from './told-ledger.features.ts';

const eventually = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe('the life of the gateway', () => {
  it('starts without a ledger, says that it is not ready, takes no agent, and is ready once the ledger answers', async () => {
    const infrastructure = await testInfrastructure();
    const folder = mkdtempSync(join(tmpdir(), 'causeway-gateway-life-'));
    const keysFile = join(folder, 'keys.json');
    writeKeys(keysFile, { viewer: 'cwk_v' });
    const config = readConfig({ ...infrastructure.environment('gateway'), CAUSEWAY_OPERATOR_KEYS_FILE: keysFile });
    const bus = await infrastructure.connect('gateway');
    const log = createLog('gateway', 'silent');
    const { app, start, drain, stop } = await assembleGateway({ config, bus, log, metrics: createMetrics('gateway') });
    await app.listen(0, '127.0.0.1');
    start();
    const before = await app.inject({ url: READY_PATH });
    const agent = await app.inject({ url: '/v1/capabilities', headers: bearer(newToken()) });
    const health = await app.inject({ url: '/healthz' });
    expect([before.statusCode, before.json<Health>().failing]).toEqual([503, ['sessions']]);
    expect([agent.statusCode, agent.json()]).toMatchObject([503, { code: 'SERVICE_UNAVAILABLE' }]);
    expect(health.statusCode).toBe(200);
    serveToldLedger(await infrastructure.connect('audit-ledger'));
    await eventually(async () => (await app.inject({ url: READY_PATH })).statusCode === 200);
    expect((await app.inject({ url: '/v1/capabilities', headers: bearer(newToken()) })).statusCode).toBe(401);
    drain();
    await app.close();
    await stop();
    await infrastructure.stop();
    rmSync(folder, { recursive: true });
  });

  it('routes exactly what its contract and its document list', async () => {
    const on = await gatewayUnderTest();
    const instance = on.gateway.app.getHttpAdapter().getInstance() as {
      hasRoute: (route: { method: string; url: string }) => boolean;
      printRoutes: () => string;
    };
    const { body } = await on.ask<{ paths: Record<string, Record<string, { operationId: string }>> }>('/openapi.json');
    const documented = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`),
    );
    const missing = ROUTES.filter((route) => !instance.hasRoute({ method: route.method, url: routerPathOf(route) }));
    const routed = instance.printRoutes().match(/\((GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)[^)]*\)/g);
    const methods = routed!.flatMap((text) => text.slice(1, -1).split(', '));
    expect(missing).toEqual([]);
    expect(methods.length).toBe(ROUTES.length);
    expect(documented.sort()).toEqual(ROUTES.map((r) => `${r.operationId} ${r.method} ${r.path}`).sort());
    await on.stop();
  });

  it('ends open streams when it is told to stop, and refuses new ones', async () => {
    const on = await gatewayUnderTest();
    await on.ready();
    const url = `${on.url}${pathOf(httpApi.streamAudit)}`;
    const stream = await fetch(url, { headers: bearer(on.keys.viewer) });
    on.gateway.drain();
    const text = await stream.text();
    const after = await on.ask(pathOf(httpApi.streamAudit), { headers: bearer(on.keys.viewer) });
    expect(text).toContain('retry: 1000');
    expect(after).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
    expect((await on.ask<Health>(READY_PATH)).body.failing).toEqual(['serving']);
    await on.stop();
  });

  it('as a process of its own serves, and when told to stop ends open streams and itself with status 0', async () => {
    const infrastructure = await testInfrastructure();
    const folder = mkdtempSync(join(tmpdir(), 'causeway-gateway-process-'));
    const keysFile = join(folder, 'keys.json');
    writeKeys(keysFile, { viewer: 'cwk_v' });
    serveToldLedger(await infrastructure.connect('audit-ledger'));
    const env = { ...infrastructure.environment('gateway'), CAUSEWAY_OPERATOR_KEYS_FILE: keysFile };
    const gateway = await startServiceProcess('gateway', env);
    const url = `http://127.0.0.1:${gateway.port}`;
    await eventually(async () => (await fetch(`${url}${READY_PATH}`)).status === 200);
    const stream = await fetch(`${url}${pathOf(httpApi.streamAudit)}`, { headers: bearer('cwk_v') });
    const [code, text] = await Promise.all([gateway.kill('SIGTERM'), stream.text()]);
    expect({ code, isStream: text.startsWith('retry:') }).toEqual({ code: 0, isStream: true });
    expect(gateway.output()).not.toContain('cwk_v');
    await infrastructure.stop();
    rmSync(folder, { recursive: true });
  });

  it('does not start without what it must be told, and lists all of it', async () => {
    const failure = await startServiceProcess('gateway', {}).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(failure).toContain('CAUSEWAY_NATS_URL');
    expect(failure).toContain('CAUSEWAY_OPERATOR_KEYS_FILE');
  });
});
