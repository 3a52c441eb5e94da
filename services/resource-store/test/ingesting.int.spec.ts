import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FetchResult, type IngestInput } from '@causeway/contracts';
import { resourceIdOf, sha256Hex } from '../src/resources/digest.ts';
import { newId, refusal, SESSION, startStore, textOf, type Store } from './store.features.ts';

let store: Store;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.stop());
beforeEach(() => {
  store.answer({});
  store.fetched.length = 0;
});

describe('ingesting', () => {
  it('keeps a text by its content, labels it untrusted and says where it came from', async () => {
    const runId = newId('run');
    const resource = await store.ingested(textOf('remember this'), { runId });
    expect(resource).toMatchObject({
      ...{ resourceId: resourceIdOf(runId, 'step-1'), runId, sessionId: SESSION, stepId: 'step-1' },
      ...{ sha256: sha256Hex('remember this'), sizeBytes: 13, mediaType: 'text/plain', label: 'untrusted' },
      provenance: { source: 'text', ref: 'Notes' },
    });
    const sealed = await store.ledger.readStream(resource.resourceId, 1);
    expect(sealed).toMatchObject([
      { type: 'resource.ingested', scope: runId, data: resource, actor: { id: 'researcher' } },
    ]);
  });

  it('keeps a file of the ingest folder', async () => {
    writeFileSync(join(store.folder, 'readme.md'), '# Title');
    const resource = await store.ingested({ source: 'file', path: 'readme.md' });
    expect(resource).toMatchObject({
      mediaType: 'text/markdown',
      label: 'untrusted',
      provenance: { source: 'file', ref: 'readme.md' },
    });
  });

  it('fetches a URL through egress-proxy under the grant it was given', async () => {
    const input = { source: 'url', url: 'https://example.org/a' } as const;
    store.answer({ contentType: 'text/html; charset=utf-8', body: '<p>hello</p>' });
    const runId = newId('run');
    const reply = await store.ingest(input, { runId });
    expect(reply).toMatchObject({
      ok: true,
      value: {
        bytesIn: 7,
        bytesOut: 3,
        result: { mediaType: 'text/html', label: 'untrusted', provenance: { source: 'url', ref: input.url } },
      },
    });
    expect(store.fetched).toMatchObject([{ url: input.url, grant: { runId, stepId: 'step-1', sessionId: SESSION } }]);
  });

  it('is the same resource when the step is repeated, and fetches nothing twice', async () => {
    const given = { runId: newId('run') };
    const input = { source: 'url', url: 'https://example.org/b' } as const;
    const first = await store.ingested(input, given);
    store.answer({ body: 'something else by now' });
    expect(await store.ingested(input, given)).toEqual(first);
    expect(store.fetched).toHaveLength(1);
    expect(await store.ledger.readStream(first.resourceId, 1)).toHaveLength(1);
  });

  it('gives every one of many repeats at once the one resource that was sealed', async () => {
    const given = { runId: newId('run') };
    const replies = await Promise.all(Array.from({ length: 6 }, () => store.ingested(textOf('at once'), given)));
    for (const reply of replies) expect(reply).toEqual(replies[0]);
    expect(await store.ledger.readStream(replies[0]!.resourceId, 1)).toHaveLength(1);
  });

  it.each<[string, IngestInput, string]>([
    ['a file outside the folder', { source: 'file', path: '../secret' }, 'RESOURCE_FILE_REFUSED'],
    ['a file that is not there', { source: 'file', path: 'none.txt' }, 'RESOURCE_NOT_FOUND'],
    ['a file that is not UTF-8', { source: 'file', path: 'latin1.txt' }, 'RESOURCE_TYPE_REFUSED'],
    ['a file larger than the allowance', { source: 'file', path: 'large.txt' }, 'RESOURCE_TOO_LARGE'],
    ['a text larger than allowed', textOf('ü'.repeat(140_000)), 'RESOURCE_TOO_LARGE'],
  ])('refuses %s and seals nothing', async (_, input, code) => {
    writeFileSync(join(store.folder, 'latin1.txt'), Buffer.from('caf\xe9', 'latin1'));
    writeFileSync(join(store.folder, 'large.txt'), 'x'.repeat(1_001));
    const before = store.ledger.events.length;
    expect(await store.ingest(input, { byteAllowance: 1_000 })).toEqual(refusal(code));
    expect(store.ledger.events).toHaveLength(before);
  });

  it.each<[string, Partial<FetchResult>, string]>([
    ['an image', { contentType: 'image/png' }, 'RESOURCE_TYPE_REFUSED'],
    ['an answer without content type', { contentType: undefined }, 'RESOURCE_TYPE_REFUSED'],
    [
      'bytes that are no UTF-8',
      { contentType: 'text/plain', bodyEncoding: 'base64', body: '/w==' },
      'RESOURCE_TYPE_REFUSED',
    ],
    ['a status that is not success', { status: 404 }, 'RESOURCE_NOT_FOUND'],
    ['an answer that was lost', { body: undefined }, 'SERVICE_UNAVAILABLE'],
    ['an answer that is too large', { body: 'x'.repeat(262_145) }, 'RESOURCE_TOO_LARGE'],
  ])('refuses a URL that gives %s, and counts its bytes', async (_, answer, code) => {
    store.answer(answer);
    const reply = await store.ingest({ source: 'url', url: 'https://example.org/c' });
    expect(reply).toEqual(refusal(code));
    expect(reply).toMatchObject({ rejection: { facts: { bytesIn: 7, bytesOut: 3 } } });
  });

  it('refuses a grant that is past its deadline or for another input', async () => {
    expect(await store.ingest(textOf('a'), { deadlineAt: '2026-01-01T00:00:00.000Z' })).toEqual(
      refusal('GRANT_EXPIRED'),
    );
    expect(await store.ingest(textOf('a'), { inputDigest: sha256Hex('b') })).toEqual(refusal('GRANT_MISMATCH'));
    expect(await store.get(newId('resource'), { inputDigest: sha256Hex('b') })).toEqual(refusal('GRANT_MISMATCH'));
  });
});
