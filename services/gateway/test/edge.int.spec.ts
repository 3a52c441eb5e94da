import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { getRun, httpApi, listRuns, pathOf, ROUTES, type Problem } from '@causeway/contracts';
import { ok } from '@causeway/messaging';
import {
  bearer,
  gatewayUnderTest,
  newToken,
  sha256,
  writeKeys,
  type Asked,
  type GatewayUnderTest,
} from './gateway.features.ts';
import { runView, SESSION } from './samples.ts';
import { sessionOpened } from './told-ledger.features.ts';

const token = newToken();
const json = { 'content-type': 'application/json' };
const post = (body: unknown, headers = {}): Asked => ({ method: 'POST', body, headers });

describe('the edge of the gateway', () => {
  let on: GatewayUnderTest;
  const credential: Record<string, () => string> = {
    agent: () => token,
    operator: () => on.keys.operator,
    approver: () => on.keys.approver,
    viewer: () => on.keys.viewer,
    admin: () => on.keys.admin,
  };

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
    on.orchestrator.answer(listRuns, () => ok({ runs: [] }));
    on.orchestrator.answer(getRun, () => ok(runView()));
  });
  afterAll(() => on.stop());

  it('says which methods an address takes', async () => {
    const { headers, status } = await on.ask('/v1/runs', { method: 'PUT', headers: bearer(on.keys.admin) });
    expect({ status, allow: headers['allow'] }).toEqual({ status: 405, allow: 'POST, GET' });
  });

  it('does not repeat the query of a request in a problem', async () => {
    const { body } = await on.ask('/v1/nothing?token=secret');
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('refuses an unknown caller before it reads the body', async () => {
    const { status } = await on.ask('/v1/runs', post('x'.repeat(600_000), json));
    expect(status).toBe(401);
  });

  const protectedRoutes = ROUTES.filter(({ roles }) => roles !== 'anyone').map((route) => {
    const path = route.path.replace(/\{\w+\}/g, 'x');
    return [`${route.method} ${route.path}`, route, path] as const;
  });

  it.each(protectedRoutes)(
    '%s takes nobody without a credential or with an unknown one',
    async (_name, { method }, path) => {
      const answers = [
        await on.ask(path, { method }),
        await on.ask(path, { method, headers: { authorization: 'Basic YTpi' } }),
        await on.ask(path, { method, headers: bearer('nobody') }),
        await on.ask(path, { method, headers: bearer(newToken()) }),
      ];
      expect(answers.map(({ body }) => body.code)).toEqual([
        'CREDENTIAL_MISSING',
        ...Array(3).fill('CREDENTIAL_INVALID'),
      ]);
      expect(answers.every(({ status, headers }) => status === 401 && headers['www-authenticate'])).toBe(true);
    },
  );

  it.each(protectedRoutes)('%s takes exactly the roles of its contract', async (_name, { method, roles }, path) => {
    const answers = await Promise.all(
      Object.entries(credential).map(async ([role, key]) => {
        const { status } = await on.ask(path, { method, headers: { ...bearer(key()), 'last-event-id': 'x' } });
        return [role, status !== 403] as const;
      }),
    );
    const may = answers.filter(([, allowed]) => allowed).map(([role]) => role);
    expect(may.sort()).toEqual([...roles].sort());
  });

  it('gives every answer an id and lets nothing be cached or guessed', async () => {
    const [one, two] = [await on.ask('/healthz'), await on.ask('/v1/nothing')];
    for (const { headers } of [one, two]) {
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(headers['x-powered-by']).toBeUndefined();
    }
    expect(one.headers['x-request-id']).not.toBe(two.headers['x-request-id']);
  });

  it('takes a new operator key and drops an old one without a restart', async () => {
    const list = (key: string) => on.ask(pathOf(httpApi.listRuns), { headers: bearer(key) });
    expect((await list('cwk_later')).status).toBe(401);
    writeKeys(on.keysFile, { viewer: 'cwk_later' });
    expect((await list('cwk_later')).status).toBe(200);
    expect((await list(on.keys.admin)).status).toBe(401);
    writeKeys(on.keysFile, on.keys);
    expect((await list(on.keys.admin)).status).toBe(200);
  });

  it('takes no operator while the key file cannot be understood', async () => {
    writeFileSync(on.keysFile, '{"keys":[');
    const { status, body, headers } = await on.ask(pathOf(httpApi.listRuns), { headers: bearer(on.keys.admin) });
    writeKeys(on.keysFile, on.keys);
    expect({ status, code: body.code, retry: headers['retry-after'] }).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      retry: '1',
    });
    expect((await on.ask(pathOf(httpApi.listRuns), { headers: bearer(token) })).status).toBe(200);
  });

  it('shows its metrics to operators as text', async () => {
    const { status, headers, body } = await on.ask(pathOf(httpApi.getMetrics), { headers: bearer(on.keys.viewer) });
    expect({ status, type: headers['content-type'] }).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect(String(body)).toContain('process_resident_memory_bytes{service="gateway"} ');
  });

  it('answers what is not HTTP with a problem and closes the connection', async () => {
    const { port } = new URL(on.url);
    const answer = await new Promise<string>((resolve) => {
      let received = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      socket.on('data', (bytes) => (received += String(bytes)));
      socket.on('close', () => resolve(received));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Problem).toMatchObject({ code: 'REQUEST_INVALID' });
  });
});
