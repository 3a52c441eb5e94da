import { randomBytes, randomUUID } from 'node:crypto';
import { CHUNK_BYTES, keepBody, putChunk, readBody } from '@causeway/contracts';
import { until } from '@causeway/testing';
import { sha256Hex } from '../src/resources/digest.ts';
import { metaOf, newId, refusal, SESSION, startStore, type Store } from './store.features.ts';

let store: Store;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.stop());

/** What an upload does differently from a good one. */
type Odd = {
  readonly chunks?: number;
  readonly sha256?: string;
  readonly storedBytes?: number;
  readonly uploadId?: string;
};

const meta = metaOf('upload');
const put = (uploadId: string, number: number, bytes: Buffer, sha256 = sha256Hex(bytes)) =>
  store.proxy.request(putChunk, { uploadId, number, sha256 }, meta, { bytes });

const keepers = (body: Buffer, { runId = newId('run'), ...odd }: Odd & { runId?: string } = {}) => {
  const { storedBytes = body.length, uploadId = randomUUID(), sha256 = sha256Hex(body) } = odd;
  const chunks = Math.ceil(body.length / CHUNK_BYTES);
  const grant = store.grantFor({}, { runId, reserved: { storedBytes } });
  const resourceId = newId('resource');
  const terms = { resourceId, uploadId, grant, chunks: odd.chunks ?? chunks, sizeBytes: body.length, sha256 };
  const keep = () =>
    store.proxy.request(keepBody, { ...terms, mediaType: 'text/plain', ref: 'http://a.example/b' }, meta);
  const upload = async () => {
    for (let n = 0; n < chunks; n++)
      expect(await put(uploadId, n, body.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES))).toMatchObject({ ok: true });
  };
  return { resourceId, uploadId, runId, keep, upload };
};

async function kept(body: Buffer, odd: Odd & { runId?: string } = {}) {
  const made = keepers(body, odd);
  await made.upload();
  return { ...made, reply: await made.keep() };
}

/** Four bytes a character and three, so that pieces end within characters. */
const text = '🙂åß語'.repeat(60_000);

/** The resource as an agent reads it, page after page. */
async function readThrough(
  resourceId: string,
  limit: number,
): Promise<{ text: string; pages: number; encoding?: string }> {
  let read = '';
  let pages = 0;
  for (let offset: number | undefined = 0; offset !== undefined; pages++) {
    const reply = await store.get(resourceId, { offset, limit });
    if (!reply.ok) throw new Error(reply.rejection.detail);
    const page = reply.value.result as { text: string; next?: number; encoding?: string; frame: { begin: string } };
    expect(page.frame.begin).toContain('resource-data');
    if (page.encoding) return { ...page, pages };
    read += page.text;
    offset = page.next;
  }
  return { text: read, pages };
}

describe('a body in pieces', () => {
  it('is one resource, untrusted, and is read in pages by characters', async () => {
    const body = Buffer.from(text);
    const { resourceId, reply } = await kept(body);
    expect(reply).toMatchObject({
      ok: true,
      value: {
        resourceId,
        label: 'untrusted',
        sha256: sha256Hex(body),
        sizeBytes: body.length,
        mediaType: 'text/plain',
      },
    });
    const read = await readThrough(resourceId, 65_536);
    expect(read.text === text).toBe(true);
    expect(read.pages).toBe(Math.ceil([...text].length / 65_536));
    expect(await store.get(resourceId, { offset: 300_000 })).toMatchObject({
      ok: true,
      value: { result: { text: '' } },
    });
  });

  it('is given in base64 where it is not text', async () => {
    const body = Buffer.concat([Buffer.from([0xff]), randomBytes(CHUNK_BYTES)]);
    const { resourceId } = await kept(body);
    const last = await store.get(resourceId, { offset: CHUNK_BYTES - 9, limit: 100 });
    const wanted = body.subarray(CHUNK_BYTES - 9).toString('base64');
    expect(last).toMatchObject({ ok: true, value: { result: { encoding: 'base64', text: wanted } } });
    expect(await store.get(resourceId, { limit: 10 })).toMatchObject({ value: { result: { next: 10 } } });
  });

  it('is given back byte for byte to be sent, to its session only', async () => {
    const body = randomBytes(CHUNK_BYTES + 50);
    const { resourceId } = await kept(body);
    const ask = (offset: number, sessionId = SESSION) =>
      store.proxy.request(readBody, { resourceId, sessionId, offset, limit: CHUNK_BYTES }, meta);
    const bytesAt = async (offset: number) => {
      const reply = await ask(offset);
      return Buffer.from(reply.bytes ?? []);
    };
    expect(Buffer.concat([await bytesAt(0), await bytesAt(CHUNK_BYTES)]).equals(body)).toBe(true);
    expect(await ask(0, newId('session'))).toMatchObject(refusal('RESOURCE_NOT_FOUND'));
    const small = await store.ingested({ source: 'text', text: 'small', title: 't' });
    const reply = await store.proxy.request(
      readBody,
      { ...small, sessionId: SESSION, resourceId: small.resourceId, offset: 1, limit: 3 } as never,
      meta,
    );
    expect(reply).toMatchObject(refusal('REQUEST_INVALID'));
    const bytes = await store.proxy.request(
      readBody,
      { resourceId: small.resourceId, sessionId: SESSION, offset: 1, limit: 3 },
      meta,
    );
    expect([bytes.ok, Buffer.from(bytes.bytes ?? []).toString()]).toEqual([true, 'mal']);
  });

  it('is the same when any message comes twice, and goes on after a restart', async () => {
    const body = randomBytes(2 * CHUNK_BYTES);
    const { uploadId, upload, keep, resourceId } = keepers(body);
    await put(uploadId, 0, body.subarray(0, CHUNK_BYTES));
    await store.restart();
    await upload();
    await upload();
    const first = await keep();
    expect(first).toMatchObject({ ok: true, value: { resourceId } });
    expect(await keep()).toEqual(first);
  });

  it.each([
    ['with a piece missing', { chunks: 2 }, 'RESOURCE_NOT_FOUND'],
    ['with another digest', { sha256: sha256Hex('other') }, 'RESOURCE_NOT_FOUND'],
    ['above what is reserved', { storedBytes: 9 }, 'RESOURCE_TOO_LARGE'],
  ])('%s is no resource', async (_what, odd, code) => {
    const { reply, resourceId } = await kept(Buffer.from('ten bytes.'), odd);
    expect(reply).toMatchObject(refusal(code));
    expect(await store.get(resourceId)).toMatchObject(refusal('RESOURCE_NOT_FOUND'));
  });

  it('refuses a piece that is not what its digest says, and another piece under a number that is taken', async () => {
    const uploadId = randomUUID();
    expect(await put(uploadId, 0, Buffer.from('a'), sha256Hex('b'))).toMatchObject(refusal('REQUEST_INVALID'));
    expect(await put(uploadId, 0, Buffer.from('a'))).toMatchObject({ ok: true });
    expect(await put(uploadId, 0, Buffer.from('b'))).toMatchObject(refusal('ID_REUSED'));
  });

  it('is not shown once it was changed in the store', async () => {
    const body = randomBytes(1_000);
    const { resourceId } = await kept(body);
    await store.pool.query(
      `update chunk set bytes = set_byte(bytes, 1, (get_byte(bytes, 1) + 1) % 256) where sha256 = $1`,
      [sha256Hex(body)],
    );
    expect(await store.get(resourceId)).toMatchObject(refusal('INTERNAL'));
  });
});

describe('a body that nobody wants', () => {
  const rowsOf = async (uploadId: string, sha256: string) => {
    const parts = await store.pool.query('select from part where upload_id = $1', [uploadId]);
    const chunks = await store.pool.query('select from chunk where sha256 = $1', [sha256]);
    return [parts.rowCount, chunks.rowCount];
  };
  const age = async (uploadId: string, interval: string) => {
    for (const table of ['part', 'body'])
      await store.pool.query(`update ${table} set kept_at = now() - $2::interval where upload_id = $1`, [
        uploadId,
        interval,
      ]);
    await store.pool.query(
      `update chunk set kept_at = now() - $2::interval where sha256 in (select chunk_sha256 from part where upload_id = $1)`,
      [uploadId, interval],
    );
  };

  it('is removed with its pieces: erased, or never made whole', async () => {
    const [body, other] = [randomBytes(500), randomBytes(500)];
    const erased = await kept(body);
    const abandoned = keepers(other);
    await abandoned.upload();
    const young = keepers(randomBytes(500));
    await young.upload();
    const data = {
      target: { scope: erased.runId },
      before: store.ledger.events.length,
      ...{ erased: 1, reason: 'asked for', requestedBy: 'ann', at: '2026-01-01T00:00:00.000Z' },
    };
    const events = [{ id: randomUUID(), type: 'data.erased', data, scope: erased.runId }];
    await store.ledger.append({ appendId: randomUUID(), writes: [{ stream: 'erasures', expected: 'any', events }] });
    await age(erased.uploadId, '1 hour');
    await age(abandoned.uploadId, '2 days');
    await until('both are removed', async () => {
      const left = [await rowsOf(erased.uploadId, sha256Hex(body)), await rowsOf(abandoned.uploadId, sha256Hex(other))];
      return left.flat().every((count) => count === 0);
    });
    expect(await young.keep()).toMatchObject({ ok: true });
  });
});
