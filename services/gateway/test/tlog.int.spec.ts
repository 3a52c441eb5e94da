import {
  addSigningKey,
  archiveRange,
  getCheckpoint,
  getLogKeys,
  httpApi,
  listArchives,
  pathOf,
  proveConsistency,
  proveInclusion,
  readLeaves,
  readTile,
  restoreRange,
  retireSigningKey,
} from '@causeway/contracts';
import { decodeEntryBundle, entriesPath, tilePath } from '@causeway/ledger';
import { ok, rejected } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { AT, DIGEST, SESSION } from './samples.ts';
import { sessionOpened } from './told-ledger.features.ts';

const token = newToken();
const json = { 'content-type': 'application/json' };
const CHECKPOINT = {
  note: 'ledger.test\n3\nAA==\n\n— ledger.test é\n',
  size: 3,
  root: DIGEST,
  signedAt: AT,
  cosignedBy: [],
};
const LEAVES = Array.from({ length: 300 }, (_, n) => Buffer.from(`{"pos":${n}}`));

describe('the log over HTTP', () => {
  let on: GatewayUnderTest;
  const viewer = () => bearer(on.keys.viewer);
  const serveTiles = () =>
    on.proofs.answer(readTile, ({ width }: { width: number }) =>
      width === 7
        ? rejected('TILE_NOT_FOUND', 'not yet')
        : ok({ hashes: Buffer.alloc(32 * width, width).toString('base64') }),
    );

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
    on.proofs.answer(getCheckpoint, () => ok(CHECKPOINT));
    serveTiles();
    on.proofs.answer(readLeaves, ({ fromPosition, limit }: { fromPosition: number; limit: number }) => {
      const leaves = LEAVES.slice(fromPosition, fromPosition + Math.min(limit, 100));
      return ok({ leaves: leaves.map((leaf) => leaf.toString('base64')), nextPosition: LEAVES.length });
    });
  });
  afterAll(() => on.stop());

  describe('archives of it', () => {
    const ARCHIVE = { from: 0, to: 512, digest: DIGEST, reason: 'old' };
    const post = (path: string, body: unknown, credential = on.keys.admin, key?: string) =>
      on.ask<{ position: number; code: string; facts?: object }>(path, {
        ...{ method: 'POST', body },
        headers: { ...bearer(credential), ...(key && { 'idempotency-key': key }) },
      });
    const path = pathOf(httpApi.archiveRange);

    it('are ordered by an admin, in their name, and are the same under the same key', async () => {
      on.proofs.answer(archiveRange, () => ok({ position: 600, archived: 400 }));
      const answer = await post(path, ARCHIVE, on.keys.admin, 'k');
      expect([answer.status, answer.body]).toEqual([200, { position: 600, archived: 400 }]);
      const first = on.proofs.last(archiveRange)!;
      expect(first).toMatchObject({ data: ARCHIVE, meta: { actor: { kind: 'operator', id: 'admin-1' } } });
      await post(path, ARCHIVE, on.keys.admin, 'k');
      expect(on.proofs.last(archiveRange)!.data).toEqual(first.data);
      await post(path, ARCHIVE);
      expect(on.proofs.last(archiveRange)!.data).not.toEqual(first.data);
    });

    it('are refused to whoever is no admin, and for what is no range', async () => {
      const asked = on.proofs.received.length;
      expect(await post(path, ARCHIVE, on.keys.operator)).toMatchObject({
        status: 403,
        body: { code: 'ROLE_REQUIRED' },
      });
      const restoration = { archive: 600, reason: 'wanted' };
      expect((await post(pathOf(httpApi.restoreRange), restoration, on.keys.approver)).status).toBe(403);
      expect((await post(path, { ...ARCHIVE, to: 500 })).status).toBe(400);
      expect(on.proofs.received).toHaveLength(asked);
    });

    it('are listed, and ordered back', async () => {
      const view = { position: 600, ...ARCHIVE, requestedBy: 'ann', at: AT, archived: 400 };
      on.proofs.answer(listArchives, () => ok({ archives: [view] }));
      expect(await on.ask(pathOf(httpApi.listArchives), { headers: viewer() })).toMatchObject({
        body: { archives: [view] },
      });
      on.proofs.answer(restoreRange, () => ok({ position: 700 }));
      const body = { archive: 600, reason: 'wanted' };
      expect(await post(pathOf(httpApi.restoreRange), body)).toMatchObject({ status: 200, body: { position: 700 } });
      expect(on.proofs.last(restoreRange)!.data).toMatchObject(body);
    });

    it('are told as gone, with what to do, where their leaves are asked for', async () => {
      on.proofs.answer(readTile, () => rejected('RANGE_ARCHIVED', 'put it back', { facts: { digest: DIGEST } }));
      const answer = await on.ask(`/tlog/tile/0/000`, { headers: viewer() });
      expect(answer).toMatchObject({ status: 410, body: { code: 'RANGE_ARCHIVED', facts: { digest: DIGEST } } });
      serveTiles();
    });
  });

  it('gives the newest checkpoint to anyone, as it was signed and never from a cache', async () => {
    const { status, headers, body } = await on.bytes('/tlog/checkpoint');
    expect([status, body.toString('utf8')]).toEqual([200, CHECKPOINT.note]);
    expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' });
    expect(on.proofs.last(getCheckpoint)?.meta.actor).toEqual({ kind: 'system', id: 'gateway' });
  });

  it.each([
    [{ level: 0, index: 0, width: 256 }],
    [{ level: 1, index: 1_234_067, width: 256 }],
    [{ level: 2, index: 5, width: 44 }],
  ])('gives a tile of hashes to anyone, for ever: %j', async (tile) => {
    const { status, headers, body } = await on.bytes(`/tlog/${tilePath(tile)}`);
    expect([status, body.length, body[0]]).toEqual([200, 32 * tile.width, tile.width % 256]);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(on.proofs.last(readTile)?.data).toEqual(tile);
  });

  it('says that a tile is not there yet, and lets nobody keep that', async () => {
    const { status, headers, body } = await on.ask('/tlog/tile/0/000.p/7');
    expect([status, body.code, headers['cache-control']]).toEqual([404, 'TILE_NOT_FOUND', 'no-store']);
  });

  it.each([
    ...['0/0', '0/00', '0/0000', '0/1000', '0/x001', '0/x000/001', '0/001/', '0/000.p/0', '0/000.p/256'],
    ...['0/000.p/01', '00/000', '64/000', '-1/000', '0/000.p', '0/000.p/', 'x/000', '0', '0/00a', '0/%30%30%30.p/1e1'],
    ...['0/..%2f000', '0/x999/x999/x999/x999/x999/999', '0/000%00', '0//000'],
  ])('refuses what names no tile: %s', async (tail) => {
    const asked = on.proofs.received.length;
    const { status, body } = await on.ask(`/tlog/tile/${tail}`);
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(on.proofs.received).toHaveLength(asked);
  });

  it('gives leaves to those who may look, in one bundle', async () => {
    const full = await on.bytes(`/tlog/${entriesPath({ index: 0, width: 256 })}`, viewer());
    expect(decodeEntryBundle(full.body).map((leaf) => Buffer.from(leaf))).toEqual(LEAVES.slice(0, 256));
    expect(full.headers['cache-control']).toBe('private, max-age=31536000, immutable');
    const rest = await on.bytes(`/tlog/${entriesPath({ index: 1, width: 44 })}`, viewer());
    expect(decodeEntryBundle(rest.body).map((leaf) => Buffer.from(leaf))).toEqual(LEAVES.slice(256));
    const beyond = await on.ask(`/tlog/${entriesPath({ index: 1, width: 45 })}`, { headers: viewer() });
    expect([beyond.status, beyond.body.code]).toEqual([404, 'TILE_NOT_FOUND']);
  });

  it('gives leaves to nobody else, however the address is written', async () => {
    for (const path of ['entries/000', '%65ntries/000', 'entries/%30%30%30', './entries/000', 'x/../entries/000'])
      expect((await on.ask(`/tlog/tile/${path}`)).status).toBeGreaterThanOrEqual(400);
    expect((await on.ask('/tlog/tile/entries/000')).body.code).toBe('CREDENTIAL_MISSING');
    expect((await on.ask('/tlog/tile/entries/000', { headers: bearer(token) })).body.code).toBe('ROLE_REQUIRED');
    expect((await on.ask('/tlog/tile/entries/0', { headers: viewer() })).body.code).toBe('REQUEST_INVALID');
  });

  it('takes other methods nowhere below /tlog', async () => {
    const { status, headers } = await on.ask('/tlog/tile/0/000', { method: 'POST', headers: json, body: {} });
    expect([status, headers['allow']]).toEqual([405, 'GET']);
  });

  it('passes proofs, checkpoints and keys on as JSON', async () => {
    const inclusion = { position: 1, leaf: '', leafHash: DIGEST, proof: [], checkpoint: CHECKPOINT, tlogProof: 'x' };
    const consistency = { fromRoot: DIGEST, toRoot: DIGEST, proof: [] };
    on.proofs.answer(proveInclusion, () => ok(inclusion));
    on.proofs.answer(proveConsistency, () => ok(consistency));
    on.proofs.answer(getLogKeys, () => ok({ origin: 'ledger.test', keys: [], witnesses: [] }));
    const get = (path: string) => on.ask<unknown>(path, { headers: viewer() });
    expect((await get('/v1/audit/checkpoint?minSize=3')).body).toEqual(CHECKPOINT);
    expect(on.proofs.last(getCheckpoint)?.data).toEqual({ minSize: 3 });
    expect((await get('/v1/audit/proofs/inclusion?position=1&size=3')).body).toEqual(inclusion);
    expect(on.proofs.last(proveInclusion)?.data).toEqual({ position: 1, size: 3 });
    expect((await get('/v1/audit/proofs/consistency?fromSize=1&toSize=3')).body).toEqual(consistency);
    expect((await get('/v1/audit/keys')).body).toEqual({ origin: 'ledger.test', keys: [], witnesses: [] });
    expect((await on.ask('/v1/audit/proofs/consistency?fromSize=1', { headers: viewer() })).body.code).toBe(
      'REQUEST_INVALID',
    );
  });

  it('lets an admin add and retire keys, in their own name', async () => {
    on.proofs.answer(addSigningKey, () => ok({ vkey: 'v', position: 9 }));
    on.proofs.answer(retireSigningKey, () => rejected('SIGNING_KEY_REFUSED', 'the last one'));
    const headers = { ...bearer(on.keys.admin), ...json };
    const added = await on.ask(pathOf(httpApi.addSigningKey), { method: 'POST', headers, body: { reason: 'r' } });
    expect([added.status, added.headers['causeway-position']]).toEqual([201, '9']);
    expect(on.proofs.last(addSigningKey)).toMatchObject({
      data: { reason: 'r' },
      meta: { actor: { kind: 'operator', id: 'admin-1' } },
    });
    const body = { vkey: 'v', reason: 'r' };
    const retired = await on.ask(pathOf(httpApi.retireSigningKey), { method: 'POST', headers, body });
    expect([retired.status, retired.body.code]).toEqual([409, 'SIGNING_KEY_REFUSED']);
  });
});
