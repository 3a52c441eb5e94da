import { randomUUID } from 'node:crypto';
import { findResources, readResource, rebuildProjectionsOf } from '@causeway/contracts';
import { until } from '@causeway/testing';
import { metaOf, newId, refusal, SESSION, startStore, textOf, type Store } from './store.features.ts';

let store: Store;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store.stop());

async function erase(scope: string): Promise<void> {
  const at = '2026-01-01T00:00:00.000Z';
  const before = store.ledger.events.length;
  const data = { target: { scope }, before, erased: 1, reason: 'asked for', requestedBy: 'ann', at };
  const events = [{ id: randomUUID(), type: 'data.erased', data, scope }];
  await store.ledger.append({ appendId: randomUUID(), writes: [{ stream: 'erasures', expected: 'any', events }] });
}
/** What the store lists of a run, once it has seen the whole log. */
async function listed(runId: string) {
  const minPosition = store.ledger.events.length - 1;
  const reply = await store.gateway.request(findResources, { runId, minPosition }, metaOf('q'), { timeoutMs: 10_000 });
  if (!reply.ok) throw new Error(reply.rejection.detail);
  return reply.value.resources;
}
const hasBody = async (sha256: string) =>
  (await store.pool.query('select from blob where sha256 = $1', [sha256])).rowCount === 1;
/** As if everything had been kept long ago. */
const age = () => store.pool.query(`update blob set kept_at = now() - interval '1 hour'`);

describe('a resource that was erased', () => {
  it('is listed without its reference, and its body is gone', async () => {
    const runId = newId('run');
    const { resourceId, sha256 } = await store.ingested({ ...textOf('private words'), title: 'Of Jane' } as never, {
      runId,
    });
    expect(await listed(runId)).toMatchObject([{ resourceId, provenance: { ref: 'Of Jane' } }]);
    await erase(runId);
    expect(await listed(runId)).toMatchObject([{ resourceId, sha256, provenance: { ref: '[erased]' } }]);
    expect(await store.get(resourceId)).toMatchObject(refusal('RESOURCE_NOT_FOUND'));
    const read = await store.gateway.request(readResource, { resourceId, offset: 0, limit: 100 }, metaOf('r'));
    expect(read).toMatchObject(refusal('RESOURCE_NOT_FOUND'));
    await age();
    await until('the body is removed', async () => !(await hasBody(sha256)));
    const rebuilt = await store.gateway.request(rebuildProjectionsOf('resource-store'), {}, metaOf('b'));
    expect(rebuilt).toMatchObject({ value: { projections: [{ equal: true }] } });
  });

  it('keeps its body as long as another resource, or one that is just being kept, has the same', async () => {
    const [mine, other] = [newId('run'), newId('run')];
    const { sha256 } = await store.ingested(textOf('the same words'), { runId: mine });
    const kept = await store.ingested(textOf('the same words'), { runId: other });
    const alone = await store.ingested(textOf('just now'), { runId: mine, stepId: 'step-2' });
    const gone = await store.ingested(textOf('long ago'), { runId: mine, stepId: 'step-3' });
    await erase(mine);
    await listed(mine);
    await store.pool.query(`update blob set kept_at = now() - interval '1 hour' where sha256 <> $1`, [alone.sha256]);
    await until('the body that nobody else has is removed', async () => !(await hasBody(gone.sha256)));
    expect([await hasBody(sha256), await hasBody(alone.sha256)]).toEqual([true, true]);
    expect(await store.get(kept.resourceId, { sessionId: SESSION })).toMatchObject({
      value: { result: { text: 'the same words' } },
    });
  });

  it('is kept anew for as long when the same body comes again', async () => {
    const { sha256 } = await store.ingested(textOf('again and again'));
    await age();
    await store.ingested(textOf('again and again'));
    const { rowCount } = await store.pool.query(
      `select from blob where sha256 = $1 and kept_at > now() - interval '1 minute'`,
      [sha256],
    );
    expect(rowCount).toBe(1);
  });
});
