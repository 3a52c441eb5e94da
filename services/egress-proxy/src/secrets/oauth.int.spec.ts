import { setTimeout as sleep } from 'node:timers/promises';
import { formatId, type StepGrant } from '@causeway/contracts';
import { until } from '@causeway/testing';
import { callOf } from '../../test/calls.ts';
import { mount, secretWorld, unmountAll, VALUE } from '../../test/secret-sites.features.ts';
import { closeAll, codeOf, factOf } from '../../test/sites.ts';
import { clientAuthorization, goodFor } from './oauth.ts';

afterEach(closeAll);
afterEach(unmountAll);

const TOKEN = 'token-number';

/** A token address that gives one token after the other, as `answer` says, or nothing at all. */
async function oauthWorld(answer: (count: number) => { readonly status?: number; readonly body: string } | 'silence') {
  let count = 0;
  const made = await secretWorld({
    sites: {
      'site.internal': ({ target }, response) => {
        if (target.endsWith('/gone')) response.writeHead(401);
        response.end(target.endsWith('/echo') ? `${TOKEN}-1` : 'fine');
      },
      'login.internal': (_request, response) => {
        const given = answer(++count);
        if (given === 'silence') return;
        const { status = 200, body } = given;
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      },
    },
    secret: (ports) => ({
      ...{ as: 'oauth-client-credentials', clientId: 'cause:way', scope: 'read write' },
      tokenUrl: `https://login.internal:${ports['login.internal']}/oauth/token`,
    }),
  });
  const ask = (path = '/v1', grant: Partial<StepGrant> = {}) => {
    const url = `${made.sites['site.internal']!.url}${path}`;
    const call = callOf(made.policy, { url }, { rule: 'with', ...grant });
    return { call, answer: made.calls.make(call) };
  };
  const used = () => made.sites['site.internal']!.seen.map(({ headers }) => headers.authorization);
  return { made, ask, used, login: made.sites['login.internal']! };
}
const token = (count: number, more: object = {}) => ({
  body: JSON.stringify({ access_token: `${TOKEN}-${count}`, token_type: 'Bearer', expires_in: 300, ...more }),
});

describe('an OAuth token', () => {
  it('is obtained once for many calls, as RFC 6749 says, and sent in place of the secret', async () => {
    const { ask, used, login } = await oauthWorld(token);
    const all = await Promise.all([ask().answer, ask().answer, ask().answer]);
    expect(all.map(codeOf)).toEqual(['ok', 'ok', 'ok']);
    expect(login.seen).toMatchObject([
      {
        method: 'POST',
        target: '/oauth/token',
        body: 'grant_type=client_credentials&scope=read+write',
        headers: {
          authorization: `Basic ${Buffer.from(`cause%3Away:${VALUE}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
      },
    ]);
    expect(used()).toEqual(Array.from({ length: 3 }, () => `Bearer ${TOKEN}-1`));
  });

  it('is charged to the call that obtained it; one that cannot pay is no trouble of those that can', async () => {
    const { ask, login } = await oauthWorld(token);
    expect(codeOf(await ask('/v1', { reserved: { bytesIn: 1 } }).answer)).toBe('SECRET_UNAVAILABLE');
    expect(login.seen).toHaveLength(0);
    const given = await Promise.all([ask().answer, ask().answer]);
    expect(given.map(codeOf)).toEqual(['ok', 'ok']);
    expect(login.seen).toHaveLength(1);
    const bytesIn = given.map((answer) => (answer.ok ? answer.value.bytesIn : 0)).sort((a, b) => a - b);
    expect(bytesIn[1]! - bytesIn[0]!).toBeGreaterThan(500);
  });

  it('is obtained anew by who waits for it when the call that asked for it is stopped; nobody who is stopped waits on', async () => {
    const { made, ask, used, login } = await oauthWorld((count) => (count === 1 ? 'silence' : token(count)));
    const asking = (run: number) => ask('/v1', { runId: formatId('run', new Uint8Array(16).fill(run)) });
    const first = asking(1);
    await until('the token is asked for', async () => login.seen.length === 1);
    const [waiting, stopped] = [asking(2), asking(3)];
    // Were they not waiting by then, less would be tried, and nothing would fail.
    await sleep(200);
    for (const { call, answer } of [stopped, first]) {
      made.inHand.stop({ runId: call.grant.runId }, 'the run was cancelled');
      expect(codeOf(await answer)).toBe('KILLED');
    }
    expect(codeOf(await waiting.answer)).toBe('ok');
    expect(used()).toEqual([`Bearer ${TOKEN}-2`]);
    const ownCalls = { calls: 1, bytesOut: expect.any(Number) as number };
    expect(await factOf(made, first.call)).toMatchObject({ data: { code: 'KILLED', stage: 'secret', ownCalls } });
    // An own call that nobody ends lasts 10 s.
  }, 8_000);

  it('is obtained again when it is about to end', async () => {
    const { made, ask, used } = await oauthWorld(token);
    await ask().answer;
    made.setNow(269_000);
    await ask().answer;
    made.setNow(271_000);
    await ask().answer;
    expect(used()).toEqual([`Bearer ${TOKEN}-1`, `Bearer ${TOKEN}-1`, `Bearer ${TOKEN}-2`]);
  });

  it('is obtained again when the destination does not take it, or the secret was changed', async () => {
    const { made, ask, used } = await oauthWorld(token);
    await ask('/v1/gone').answer;
    await ask().answer;
    mount(made.folder, 'crm', 'another-value-altogether');
    await ask().answer;
    expect(used()).toEqual([1, 2, 3].map((count) => `Bearer ${TOKEN}-${count}`));
  });

  it('is never shown: an answer that holds it is refused', async () => {
    const { ask } = await oauthWorld(token);
    expect(codeOf(await ask('/v1/echo').answer)).toBe('SECRET_ECHOED');
  });

  it.each([
    ['an error', { status: 400, body: `{"error":"invalid_client","was":"${VALUE}"}` }, 'status 400'],
    ['a redirect', { status: 302, body: '' }, 'status 302'],
    ['no JSON', { body: `<p>${VALUE}</p>` }, 'RFC 6749'],
    ['another kind of token', token(1, { token_type: 'mac' }), 'RFC 6749'],
    ['a token with a line break', token(1, { access_token: 'abcdefgh\r\nx: y' }), 'line break'],
    ['a token with a space', token(1, { access_token: 'abcd efgh ijkl' }), 'ASCII'],
  ])('that is %s stops the call', async (_what, answer, why) => {
    const { made, ask } = await oauthWorld(() => answer);
    const { call, answer: given } = ask();
    expect(codeOf(await given)).toBe('SECRET_UNAVAILABLE');
    const fact = await factOf(made, call);
    expect(fact).toMatchObject({ data: { detail: expect.stringContaining(why) as string } });
    expect(JSON.stringify([await given, fact])).not.toContain(VALUE);
    expect(made.sites['site.internal']!.connections()).toBe(0);
  });

  it('is used until shortly before it ends, and a minute when nobody says how long it is good', () => {
    expect([300, 40, 10, 10_000_000, undefined].map(goodFor)).toEqual([270_000, 20_000, 5_000, 86_370_000, 60_000]);
  });

  it('is asked for with name and secret encoded as a form has them', () => {
    const text = clientAuthorization('a b:c', Buffer.from('p%ss wörd')).slice('Basic '.length);
    expect(Buffer.from(text, 'base64').toString()).toBe('a+b%3Ac:p%25ss+w%C3%B6rd');
  });
});
