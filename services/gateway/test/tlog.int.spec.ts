import {
  addSigningKey,
  getCheckpoint,
  getLogKeys,
  httpApi,
  pathOf,
  proveConsistency,
  proveInclusion,
  readLeaves,
  readTile,
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

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
    on.proofs.answer(getCheckpoint, () => ok(CHECKPOINT));
    on.proofs.answer(readTile, ({ width }: { width: number }) =>
      width === 7
        ? rejected('TILE_NOT_FOUND', 'not yet')
        : ok({ hashes: Buffer.alloc(32 * width, width).toString('base64') }),
    );
    on.proofs.answer(readLeaves, ({ fromPosition, limit }: { fromPosition: number; limit: number }) => {
      const leaves = LEAVES.slice(fromPosition, fromPosition + Math.min(limit, 100));
      return ok({ leaves: leaves.map((leaf) => leaf.toString('base64')), nextPosition: LEAVES.length });
    });
  });
  afterAll(() => on.stop());

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
