import { findResources, keepResult, rebuildProjectionsOf, type DataOf } from '@causeway/contracts';
import { metaOf, newId, SESSION, startStore, textOf, type Store } from './store.features.ts';

let store: Store;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.stop());

describe('keeping a result', () => {
  const keep = (given: Partial<DataOf<typeof keepResult>> = {}) => {
    const ids = { resourceId: newId('resource'), sessionId: SESSION, runId: newId('run'), stepId: 'step-1' };
    const data = { ...ids, capability: 'network.http-fetch', json: '{"a":1}', untrusted: true, ...given };
    return store.orchestrator.request(keepResult, data, { id: 'k', actor: { kind: 'system', id: 'run-orchestrator' } });
  };

  it('labels it by whether it holds text from outside', async () => {
    expect(await keep()).toMatchObject({ ok: true, value: { label: 'untrusted', mediaType: 'application/json' } });
    expect(await keep({ untrusted: false })).toMatchObject({ ok: true, value: { label: 'internal' } });
  });

  it('is the same resource when it is sent again', async () => {
    const resourceId = newId('resource');
    const first = await keep({ resourceId });
    expect(await keep({ resourceId, json: '{"a":2}' })).toEqual(first);
  });
});

describe('the service', () => {
  it('rebuilds its view while it serves, to the same bytes', async () => {
    await store.ingested(textOf('before the rebuild'));
    const rebuild = store.gateway.request(rebuildProjectionsOf('resource-store'), {}, metaOf('r'), {
      timeoutMs: 20_000,
    });
    await store.ingested(textOf('during the rebuild'));
    expect(await rebuild).toMatchObject({
      ok: true,
      value: { projections: [{ projection: 'resource_view', equal: true }] },
    });
  });

  it('keeps a title that a database cannot hold, and goes on', async () => {
    const runId = newId('run');
    const { resourceId } = await store.ingested(
      { source: 'text', text: 'a\0b', title: 'odd \0 \\u0000 "\\ title' },
      { runId },
    );
    const minPosition = store.ledger.events.length - 1;
    const reply = await store.gateway.request(findResources, { runId, minPosition }, metaOf('q'));
    expect(reply).toMatchObject({ ok: true, value: { resources: [{ resourceId }] } });
    expect(await store.get(resourceId)).toMatchObject({ ok: true, value: { result: { text: 'a\0b' } } });
    const rebuilt = await store.gateway.request(rebuildProjectionsOf('resource-store'), {}, metaOf('r'), {
      timeoutMs: 20_000,
    });
    expect(rebuilt).toMatchObject({ ok: true, value: { projections: [{ equal: true }] } });
  });

  it('has everything again after a restart', async () => {
    const other = await store.ingested(textOf('restart'));
    await store.restart();
    expect(await store.get(other.resourceId)).toMatchObject({ ok: true, value: { result: { text: 'restart' } } });
  });
});
