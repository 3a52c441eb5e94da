import { randomBytes } from 'node:crypto';
import { CHUNK_BYTES, formatId } from '@causeway/contracts';
import { callOf, type World } from '../../test/calls.ts';
import { closeAll, codeOf, factOf, serveRaw, sha256, site } from '../../test/sites.ts';
import { FetchStopped, stop } from '../fetch/fetch-stop.ts';
import { world } from '../../test/calls.ts';

afterEach(closeAll);

const LARGE = 3 * CHUNK_BYTES + 7;
const egress = { maxResponseBytes: 1_000, maxKeptBytes: LARGE, maxSentBytes: LARGE };
const granted = { byteAllowance: 4 * CHUNK_BYTES, reserved: { storedBytes: 4 * CHUNK_BYTES } };
const bodyOf = (length: number): string => 'å0123456789'.repeat(Math.ceil(length / 12)).slice(0, length / 2);

const text = bodyOf(LARGE);
const large = (options = {}) =>
  site((_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(text), {
    egress,
    ...options,
  });

describe('a body that does not fit a reply', () => {
  it('becomes a resource of the session, piece by piece, and the result names it', async () => {
    const made = await large();
    const call = callOf(made.policy, { url: `${made.url}/file?token=1` }, granted);
    const answer = await made.calls.make(call);
    const [[bodyResource, { terms, bytes }]] = [...made.kept.whole] as [[string, { terms: object; bytes: Buffer }]];
    const sizeBytes = Buffer.byteLength(text);
    expect(answer).toMatchObject({
      ok: true,
      value: { result: { status: 200, bodyResource, sizeBytes, sha256: sha256(text) }, storedBytes: sizeBytes },
    });
    expect(JSON.stringify(answer)).not.toContain('0123456789');
    expect(bytes.toString() === text).toBe(true);
    expect(terms).toMatchObject({ mediaType: 'text/plain', ref: `${made.url}/file`, sizeBytes, sha256: sha256(text) });
    expect(Math.max(...made.kept.pieces)).toBe(CHUNK_BYTES);
    expect(await factOf(made.world, call)).toMatchObject({ type: 'egress.completed', data: { bodyResource } });
  });

  it('is named again when the call is told from its fact', async () => {
    const made = await large();
    const call = callOf(made.policy, { url: made.url }, granted);
    const first = await made.calls.make(call);
    const elsewhere = world({ policy: made.policy, ledger: made.ledger, egress });
    const again = await elsewhere.calls.make(call);
    const resourceIn = (answer: typeof first) => answer.ok && answer.value.result.bodyResource;
    expect([resourceIn(again), again.ok && again.value.storedBytes]).toEqual([
      resourceIn(first),
      Buffer.byteLength(text),
    ]);
    expect(made.server.seen).toHaveLength(1);
  });

  it.each([
    ['policy', {}, { egress: { maxResponseBytes: 1_000 } }],
    ['what the grant lets in', { ...granted, byteAllowance: 5_000 }, {}],
    ['what is reserved for keeping', { ...granted, reserved: { storedBytes: 5_000 } }, {}],
    ['a grant that reserves nothing', { byteAllowance: granted.byteAllowance }, {}],
  ])('is refused where it is above %s', async (_what, grant, options) => {
    const made = await large(options);
    const call = callOf(made.policy, { url: made.url }, grant);
    expect(codeOf(await made.calls.make(call))).toBe('RESPONSE_TOO_LARGE');
    expect(made.kept.whole.size).toBe(0);
  });

  it('is refused where it is above what the agent asked for, or is for an ingest', async () => {
    const made = await large();
    const asked = callOf(made.policy, { url: made.url, maxBytes: 5_000 }, granted);
    expect(codeOf(await made.calls.make(asked))).toBe('RESPONSE_TOO_LARGE');
    const { input, ...ingest } = callOf(made.policy, { url: made.url }, granted);
    const inLine = { input, ...ingest, request: { ...ingest.request, inlineOnly: true as const } };
    expect(codeOf(await made.calls.make(inLine))).toBe('RESPONSE_TOO_LARGE');
  });

  it('is refused for the forward proxy, which passes answers on and names no resource', async () => {
    const made = await large({
      rules: '@id("all") permit (principal, action == Action::"network.forward", resource);',
    });
    const call = { ...callOf(made.policy, { url: made.url }, granted), face: 'forward' as const };
    expect(codeOf(await made.calls.make(call))).toBe('RESPONSE_TOO_LARGE');
    expect(made.kept.whole.size).toBe(0);
  });

  it('that breaks off, or is not what its type says, is no resource', async () => {
    const short = await serveRaw((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n${'x'.repeat(600_000)}`),
    );
    const made = world({ ports: { 'site.internal': short.port }, egress: { ...egress, maxKeptBytes: 1_000_000 } });
    const wide = { byteAllowance: 1_000_000, reserved: { storedBytes: 1_000_000 } };
    const url = `http://site.internal:${short.port}/`;
    expect(codeOf(await made.calls.make(callOf(made.policy, { url }, wide)))).toMatch(/^UPSTREAM_/);
    const lying = await site(
      (_request, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(Buffer.concat([Buffer.from('7f454c46', 'hex'), randomBytes(5_000)])),
      { egress },
    );
    expect(codeOf(await lying.calls.make(callOf(lying.policy, { url: lying.url }, granted)))).toBe(
      'UPSTREAM_PROTOCOL_REFUSED',
    );
    const svg = await site(
      (_request, response) =>
        response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(`<svg>${' '.repeat(5_000)}<script/></svg>`),
      { egress },
    );
    expect(codeOf(await svg.calls.make(callOf(svg.policy, { url: svg.url }, granted)))).toBe('RESPONSE_TOO_LARGE');
    expect([made.kept.whole.size, lying.kept.whole.size, svg.kept.whole.size]).toEqual([0, 0, 0]);
  });

  it('is not what its type says, however few of its bytes come at first', async () => {
    const slow = await site(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(Buffer.from('7f', 'hex'), () =>
          setTimeout(() => response.end(Buffer.concat([Buffer.from('454c46', 'hex'), randomBytes(5_000)])), 50),
        );
      },
      { egress: { ...egress, maxResponseBytes: 1 } },
    );
    const answer = await slow.calls.make(callOf(slow.policy, { url: slow.url }, granted));
    expect([codeOf(answer), slow.kept.whole.size]).toEqual(['UPSTREAM_PROTOCOL_REFUSED', 0]);
  });

  it('is not given when it cannot be kept, and the fact says so', async () => {
    const put = async () => {
      throw new FetchStopped(stop('BODY_NOT_KEPT', 'body', 'no room'));
    };
    const made = await large({ bodies: { put } });
    const call = callOf(made.policy, { url: made.url }, granted);
    expect(codeOf(await made.calls.make(call))).toBe('BODY_NOT_KEPT');
    expect(await factOf(made.world, call)).toMatchObject({ type: 'egress.failed', data: { code: 'BODY_NOT_KEPT' } });
  });

  it('waits for its pieces to be kept: only a few are on their way', async () => {
    const many = 'x'.repeat(20 * CHUNK_BYTES);
    const made = await site((_request, response) => response.end(many), {
      egress: { ...egress, maxKeptBytes: many.length },
    });
    const wide = { byteAllowance: many.length, reserved: { storedBytes: many.length } };
    expect(codeOf(await made.calls.make(callOf(made.policy, { url: made.url }, wide)))).toBe('ok');
    expect(made.kept.pieces).toHaveLength(20);
    expect(made.kept.most()).toBeLessThanOrEqual(4);
  });
});

describe('a body that is sent by reference', () => {
  const resourceId = formatId('resource', randomBytes(16));
  const keep = ({ kept }: World, bytes = Buffer.from(text)) => kept.whole.set(resourceId, { terms: {}, bytes });
  const echo = (options = {}) => site(({ body }, response) => response.end(sha256(body)), { egress, ...options });
  const post = (url: string) => ({ url, method: 'POST', bodyRef: resourceId });

  it('leaves byte for byte, with its length and its type, and the fact has its digest', async () => {
    const made = await echo();
    keep(made.world);
    const call = callOf(made.policy, post(made.url));
    expect(await made.calls.make(call)).toMatchObject({ ok: true, value: { result: { body: sha256(text) } } });
    expect(made.server.seen[0]).toMatchObject({
      headers: { 'content-type': 'text/plain', 'content-length': String(Buffer.byteLength(text)) },
    });
    expect(await factOf(made.world, call)).toMatchObject({ data: { requestSha256: sha256(text) } });
  });

  it.each([
    ['of another session, or none', 'RESOURCE_NOT_FOUND', {}, {}],
    ['beside another body', 'METHOD_REFUSED', { body: 'x' }, {}],
    ['of a GET', 'METHOD_REFUSED', { method: 'GET' }, {}],
    ['where policy lets none', 'REQUEST_BODY_TOO_LARGE', {}, { egress: { maxSentBytes: 0 } }],
  ])('%s is refused before anything leaves', async (_what, code, request, options) => {
    const made = await echo(options);
    expect(codeOf(await made.calls.make(callOf(made.policy, { ...post(made.url), ...request })))).toBe(code);
    expect(made.server.connections()).toBe(0);
  });

  it('that is larger than policy lets be sent is refused', async () => {
    const made = await echo({ egress: { ...egress, maxSentBytes: 1_000 } });
    keep(made.world);
    expect(codeOf(await made.calls.make(callOf(made.policy, post(made.url))))).toBe('REQUEST_BODY_TOO_LARGE');
    expect(made.server.connections()).toBe(0);
  });

  it('that is no longer what was kept never arrives whole', async () => {
    const made = await echo();
    keep(made.world);
    const { read } = made.kept.bodies;
    const changed = world({
      ...{
        policy: made.policy,
        bodies: {
          read: async (range, grant) => {
            const part = await read(range, grant);
            return range.offset === 0 ? part : { ...part, bytes: Buffer.from(part.bytes).fill('z') };
          },
        },
      },
    });
    const call = callOf(made.policy, post(made.url));
    expect(codeOf(await changed.calls.make(call))).toBe('STEP_OUTCOME_UNKNOWN');
    expect(made.server.seen).toHaveLength(0);
    expect(await factOf(changed, call)).toMatchObject({ type: 'egress.failed', data: { sent: true } });
  });
});
