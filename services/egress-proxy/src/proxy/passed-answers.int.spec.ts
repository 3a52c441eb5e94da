import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { behind, closeBoth, endOf, factOf, give, granted, LARGE, MIB, open, PIECE, whole } from '../../test/passing.ts';

afterEach(closeBoth);

describe('an answer that is passed on', () => {
  it.each([
    ['with its length', { 'content-length': String(LARGE) }],
    ['in chunks', {}],
  ])('%s comes whole, and its fact says what it was', async (_name, headers) => {
    const { made, url } = await behind((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-inside': '1', ...headers });
      void give(response, LARGE);
    });
    const { sent, answer } = open(made, `${url}/large`);
    sent.end();
    const reply = await answer;
    expect(reply.headers).toMatchObject({ via: '1.1 causeway-egress', ...headers });
    expect(reply.headers).not.toHaveProperty('x-inside');
    const { bytes, sha256 } = await whole(reply);
    expect(bytes).toBe(LARGE);
    expect(await factOf(made)).toMatchObject({
      type: 'egress.completed',
      data: { status: 200, responseSizeBytes: LARGE, responseSha256: sha256 },
    });
  });

  it('waits for its reader: little of it is here meanwhile', async () => {
    const given = { bytes: 0 };
    const { made, url } = await behind((_request, response) => void give(response, LARGE, given));
    const { sent, answer } = open(made, url);
    sent.end();
    const reply = await answer;
    for (let before = -1; before !== given.bytes; await sleep(300)) before = given.bytes;
    expect(given.bytes).toBeLessThan(LARGE / 2);
    expect((await whole(reply)).bytes).toBe(LARGE);
  });

  it('is not begun where its first bytes are not what its type says, however they come', async () => {
    const { made, url } = await behind((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(Buffer.from('7f', 'hex'), () =>
        setTimeout(() => {
          response.write(Buffer.from('454c46', 'hex'));
          void give(response, LARGE);
        }, 50),
      );
    });
    const { sent, answer } = open(made, url);
    sent.end();
    const reply = await answer;
    expect([reply.statusCode, reply.headers['proxy-status']]).toEqual([
      502,
      expect.stringContaining('UPSTREAM_PROTOCOL_REFUSED'),
    ]);
  });

  it.each([
    ['is larger than policy lets pass', { egress: { forwardBytesIn: 8 * MIB } }, 'RESPONSE_TOO_LARGE'],
    ['is larger than the grant lets in', { grant: { byteAllowance: 8 * MIB } }, 'RESPONSE_TOO_LARGE'],
    [
      'takes more of the wire than is reserved',
      { grant: { ...granted, reserved: { bytesIn: 8 * MIB } } },
      'RESPONSE_TOO_LARGE',
    ],
    ['takes longer than it may', { egress: { timeoutMs: 700 } }, 'UPSTREAM_TIMEOUT'],
  ])('that %s is broken off, and the fact says so', async (_name, options, code) => {
    const { made, url } = await behind((_request, response) => {
      const isSlow = code === 'UPSTREAM_TIMEOUT';
      if (isSlow) response.write(Buffer.alloc(MIB));
      else void give(response, LARGE);
    }, options);
    const { sent, answer } = open(made, url);
    sent.end();
    expect(await endOf(await answer)).toBe('broken off');
    const fact = await factOf(made);
    expect(fact).toMatchObject({ type: 'egress.failed', data: { code, sent: true } });
    expect((fact.data as { bytesIn: number }).bytesIn).toBeLessThanOrEqual(LARGE);
    if ('grant' in options && 'reserved' in options.grant!)
      expect((fact.data as { bytesIn: number }).bytesIn).toBeLessThanOrEqual(8 * MIB);
  });

  it('never shows a secret that comes back, whole or in part', async () => {
    const value = randomBytes(24).toString('base64url');
    const secretsDir = mkdtempSync(join(tmpdir(), 'causeway-test-'));
    writeFileSync(join(secretsDir, 'crm'), value, { mode: 0o400 });
    const destination = { scheme: 'https', host: 'crm.internal', port: 443, methods: ['GET'], pathPrefix: '/' };
    const { made, url } = await behind(
      (_request, response) => {
        for (let n = 0; n < 16; n++) response.write(PIECE);
        void (async () => {
          for (const part of [value.slice(0, 10), value.slice(10, -1), value.slice(-1)]) {
            response.write(part);
            await sleep(150);
          }
          await give(response, MIB);
        })();
      },
      { secretsDir, secrets: [{ name: 'crm', destination, as: 'bearer', from: 'file' }] },
    );
    await made.secrets.open();
    const { sent, answer } = open(made, url);
    sent.end();
    const reply = await answer;
    const seen: Buffer[] = [];
    reply.on('data', (chunk: Buffer) => seen.push(chunk));
    await new Promise((resolve) => reply.on('close', resolve).on('error', () => {}));
    const text = Buffer.concat(seen).toString('latin1');
    expect([reply.complete, text.includes(value.slice(0, 8)), text.length > PIECE.length]).toEqual([
      false,
      false,
      true,
    ]);
    expect(await factOf(made)).toMatchObject({ type: 'egress.failed', data: { code: 'SECRET_ECHOED' } });
  });

  it('ends with its reader, and the destination is left', async () => {
    const left = Promise.withResolvers<void>();
    const { made, url } = await behind((request, response) => {
      request.socket.on('close', () => left.resolve());
      void give(response, LARGE);
    });
    const { sent, answer } = open(made, url);
    sent.end();
    (await answer).destroy();
    await left.promise;
    expect(await factOf(made)).toMatchObject({ type: 'egress.failed', data: { code: 'CONNECTION_GONE' } });
  });

  it('is not given its end where its fact cannot be recorded', async () => {
    const { made, url } = await behind((_request, response) => {
      response.writeHead(200, { 'content-length': String(MIB) });
      void give(response, MIB);
    });
    Object.assign(made.ledger, { append: () => Promise.reject(new Error('gone')) });
    const { sent, answer } = open(made, url);
    sent.end();
    expect(await endOf(await answer)).toBe('broken off');
  });
});
