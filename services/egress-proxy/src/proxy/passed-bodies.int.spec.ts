import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { callOf } from '../../test/calls.ts';
import { behind, closeBoth, factOf, LARGE, MIB, open, PIECE, roomIn, whole } from '../../test/passing.ts';

afterEach(closeBoth);

describe('a body that is passed on', () => {
  const echo: RequestListener = (request, response) =>
    void whole(request).then(
      ({ bytes, sha256 }) => response.end(JSON.stringify({ bytes, sha256 })),
      () => {},
    );
  async function send(sent: ReturnType<typeof open>['sent'], bytes: number): Promise<string> {
    const hash = createHash('sha256');
    for (let left = bytes; left > 0 && !sent.destroyed; left -= PIECE.length) {
      hash.update(PIECE);
      if (!sent.write(PIECE)) await roomIn(sent);
    }
    sent.end();
    return hash.digest('hex');
  }
  const LENGTH = { 'content-length': String(LARGE) };

  it.each([
    ['with its length', LENGTH, LARGE],
    ['in chunks', {}, 0],
    ['once it is asked for', { ...LENGTH, expect: '100-continue' }, LARGE],
  ])('%s arrives whole, and the fact has its digest', async (_name, headers, bodyBytes) => {
    const { made, url } = await behind(echo);
    const { sent, answer } = open(made, url, { method: 'POST', headers });
    sent.flushHeaders();
    if ('expect' in headers) await once(sent, 'continue');
    const sha256 = await send(sent, LARGE);
    const reply = await answer;
    const chunks: Buffer[] = [];
    for await (const chunk of reply) chunks.push(chunk as Buffer);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ bytes: LARGE, sha256 });
    expect(made.steps[0]).toMatchObject({ input: { bodyBytes, bodyStreamed: true } });
    const fact = await factOf(made);
    expect(fact).toMatchObject({ type: 'egress.completed', data: { requestSha256: sha256 } });
    const { bytesOut } = fact.data as { readonly bytesOut: number };
    expect(bytesOut).toBeGreaterThan(LARGE);
    expect(bytesOut).toBeLessThan(LARGE + LARGE / 64);
  });

  it('waits for the destination: little of it is here meanwhile', async () => {
    const go = Promise.withResolvers<void>();
    const { made, url } = await behind((request, response) => void go.promise.then(() => echo(request, response)));
    const { sent, answer } = open(made, url, { method: 'POST', headers: LENGTH });
    const all = send(sent, LARGE);
    const socket = sent.socket as Socket;
    const left = (): number => (sent.socket ?? socket)?.bytesWritten - (sent.socket ?? socket)?.writableLength;
    await once(sent, 'socket').catch(() => {});
    for (let before = -1; before !== left(); await sleep(300)) before = left();
    expect(left()).toBeLessThan(LARGE / 2);
    go.resolve();
    expect(JSON.parse((await (await answer).toArray()).join(''))).toEqual({ bytes: LARGE, sha256: await all });
  });

  it.each([
    ['says that it is larger than policy lets pass', { 'content-length': String(3 * LARGE) }, {}, 403],
    ['is larger than the rule takes', LENGTH, { fetch: { all: { maxRequestBytes: 900 } } }, 413],
  ])('that %s is refused, and nothing leaves', async (_name, headers, options, status) => {
    let requests = 0;
    const { made, url } = await behind((request, response) => void (requests++, echo(request, response)), options);
    const { sent, answer } = open(made, url, { method: 'POST', headers });
    sent.flushHeaders();
    const reply = await answer;
    expect([reply.statusCode, reply.headers['connection'], requests]).toEqual([status, 'close', 0]);
    sent.destroy();
  });

  it('that turns out larger than policy lets pass never arrives whole, and is charged', async () => {
    const ends: string[] = [];
    const { made, url } = await behind(
      (request) =>
        void whole(request).then(
          () => ends.push('whole'),
          () => ends.push('broken off'),
        ),
      { egress: { forwardBytesOut: 8 * MIB } },
    );
    const { sent, answer } = open(made, url, { method: 'POST' });
    void send(sent, LARGE);
    expect((await answer).statusCode).toBe(502);
    const fact = await factOf(made);
    expect(fact).toMatchObject({ type: 'egress.failed', data: { code: 'REQUEST_BODY_TOO_LARGE', sent: true } });
    expect((fact.data as { bytesOut: number }).bytesOut).toBeLessThanOrEqual(9 * MIB);
    while (ends.length === 0) await sleep(10);
    expect(ends).toEqual(['broken off']);
  });

  it('of somebody who goes away never arrives whole', async () => {
    const ends = Promise.withResolvers<string>();
    const { made, url } = await behind((request) => {
      void whole(request).then(
        () => ends.resolve('whole'),
        () => ends.resolve('broken off'),
      );
      request.once('data', () => sent.destroy());
    });
    const { sent } = open(made, url, { method: 'POST' });
    sent.on('error', () => {});
    void send(sent, LARGE);
    expect(await ends.promise).toBe('broken off');
    expect(await factOf(made)).toMatchObject({ type: 'egress.failed', data: { code: 'CONNECTION_GONE' } });
  });

  it('is not for a person to agree to, since nobody has seen it', async () => {
    const rules = '@id("all") @approval("human") permit (principal, action == Action::"network.forward", resource);';
    const held = await behind(echo, { rules });
    const { sent, answer } = open(held.made, held.url, { method: 'POST', headers: LENGTH });
    sent.flushHeaders();
    const reply = await answer;
    expect(reply.statusCode).toBe(403);
    expect(JSON.parse((await reply.toArray()).join(''))).toMatchObject({ rule: 'input-refused' });
    sent.destroy();
    const coming = { sizeBytes: 5, pieces: () => Promise.reject(new Error('was read')) as never };
    const call = callOf(held.made.policy, { url: held.url, method: 'POST', coming });
    expect(await held.made.calls.make({ ...call, face: 'forward' })).toMatchObject({
      rejection: { code: 'POLICY_DENIED' },
    });
  });
});
