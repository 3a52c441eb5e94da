import { httpApi, pathOf, type OperatorRole } from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { AT, OTHER_RUN, RUN, SESSION } from './samples.ts';
import { sessionOpened, type Told } from './told-ledger.features.ts';

let on: GatewayUnderTest;
const token = newToken();
beforeAll(async () => {
  on = await gatewayUnderTest();
  await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
  await on.ready();
});
afterAll(() => on.stop());
beforeEach(() => void (on.ledger.erasures.length = 0));

const target = { scope: RUN };
const body = { target, reason: 'asked for' };
const erase = (credential: string, asked: unknown = body, headers: Record<string, string> = {}) =>
  on.ask<{ position: number; erased: number; code: string }>(pathOf(httpApi.eraseData), {
    method: 'POST',
    headers: { ...bearer(credential), ...headers },
    body: asked,
  });
const claimed = (runId: string, note: string): Told => ({
  type: 'run.claimed',
  stream: runId,
  data: { claimedBy: 'reader', note, at: AT },
});
const erasure = (before: number): Told => ({
  type: 'data.erased',
  stream: 'erasures',
  data: { target, before, erased: 1, reason: 'asked for', requestedBy: 'admin-1', at: AT },
});

describe('an erasure through the gateway', () => {
  it('is asked of the ledger in the name of the admin', async () => {
    on.ledger.answerErasures(ok({ position: 0, erased: 3 }));
    const answer = await erase(on.keys.admin);
    expect([answer.status, answer.body]).toEqual([200, { position: 0, erased: 3 }]);
    expect(answer.headers['causeway-position']).toBe('0');
    expect(on.ledger.erasures).toMatchObject([{ ...body, by: { kind: 'operator', id: 'admin-1' } }]);
  });

  it.each<OperatorRole>(['viewer', 'operator', 'approver'])('is refused to a %s', async (role) => {
    const answer = await erase(on.keys[role]);
    expect([answer.status, answer.body.code]).toEqual([403, 'ROLE_REQUIRED']);
    expect(on.ledger.erasures).toEqual([]);
  });

  it('is refused to an agent', async () => {
    expect((await erase(token)).status).toBe(403);
    expect(on.ledger.erasures).toEqual([]);
  });

  it('is the same erasure for the same key, and another otherwise', async () => {
    const keys = ['a', 'a', 'b', undefined, undefined];
    for (const key of keys) {
      on.ledger.answerErasures(ok({ position: 0, erased: 1 }));
      await erase(on.keys.admin, body, key === undefined ? {} : { 'idempotency-key': key });
    }
    const ids = on.ledger.erasures.map(({ erasureId }) => erasureId);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(4);
  });

  it('finds the replica of the ledger that writes', async () => {
    const notLeader = rejected('LEDGER_NOT_LEADER', 'another replica writes');
    on.ledger.answerErasures(notLeader, notLeader, ok({ position: 0, erased: 1 }));
    expect((await erase(on.keys.admin)).status).toBe(200);
    expect(new Set(on.ledger.erasures.map(({ erasureId }) => erasureId)).size).toBe(1);
  });

  it('answers with what the ledger refuses', async () => {
    expect((await erase(on.keys.admin)).body).toMatchObject({ code: 'ERASURE_REFUSED', status: 409 });
  });

  it.each([
    ['no target', { reason: 'x' }],
    ['two targets', { target: { scope: 'a', stream: 'b' }, reason: 'x' }],
    ['no position', { target: { positions: [] }, reason: 'x' }],
    ['no reason', { target }],
    ['a NUL in its reason', { target, reason: 'a\0b' }],
  ])('is refused with %s', async (_, asked) => {
    expect(await erase(on.keys.admin, asked)).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    expect(on.ledger.erasures).toEqual([]);
  });
});

describe('what the gateway holds in memory', () => {
  it('is not told any more once it was erased', async () => {
    const from = on.ledger.length();
    await on.ledger.tell(claimed(RUN, 'private words'), claimed(OTHER_RUN, 'other words'));
    await on.ledger.tell(erasure(on.ledger.length()));
    const abort = new AbortController();
    const response = await fetch(`${on.url}${pathOf(httpApi.streamAudit)}?fromPosition=${from}`, {
      headers: bearer(on.keys.viewer),
      signal: abort.signal,
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('data.erased')) text += (await reader.read()).value;
    abort.abort();
    expect(text).not.toContain('private words');
    expect(text).toContain('"note":"[erased]"');
    expect(text).toContain('"erased":true');
    expect(text).toContain('other words');
  });
});
