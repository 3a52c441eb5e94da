import {
  addSigningKey,
  getCheckpoint,
  getLogKeys,
  proveConsistency,
  proveInclusion,
  readLeaves,
  readTile,
  retireSigningKey,
  type DataOf,
  type MessageContract,
  type ReplyOf,
} from '@causeway/contracts';
import {
  compactRange,
  isConsistent,
  isIncluded,
  leafHash,
  openCheckpoint,
  parseTlogProof,
  parseVerifierKey,
  tilesOf,
  toHex,
} from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import { testInfrastructure, type ServiceProcess, type TestDatabase, type TestInfrastructure } from '@causeway/testing';
import {
  appendOf,
  callerOn,
  claim,
  eventually,
  newStream,
  note,
  ORIGIN,
  startLedger,
  type Caller,
} from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let service: ServiceProcess;
let bus: Bus;
let ledger: Caller;
const BATCH = 500;

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  service = await startLedger(infra, database);
  bus = await infra.connect('gateway');
  ledger = callerOn(await infra.connect('run-orchestrator'));
  await appendMany(2 * BATCH);
}, 60_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

async function appendMany(count: number): Promise<void> {
  for (let left = count; left > 0; left -= BATCH) {
    const events = Array.from({ length: Math.min(BATCH, left) }, (_, n) => (n % 3 ? note() : claim('text')));
    const reply = await ledger.append(appendOf(newStream(), 'none', ...events));
    if (!reply.ok) throw new Error(reply.rejection.detail);
  }
}

let requests = 0;
const ask = <C extends MessageContract>(contract: C, data: DataOf<C>) =>
  bus.request(
    contract,
    data,
    { id: `test-${requests++}`, actor: { kind: 'operator', id: 'ada' } },
    { timeoutMs: 10_000 },
  );
async function told<C extends MessageContract>(contract: C, data: DataOf<C>): Promise<ReplyOf<C>> {
  const reply = await ask(contract, data);
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
}
const codeOf = async <C extends MessageContract>(contract: C, data: DataOf<C>) => {
  const reply = await ask(contract, data);
  return reply.ok ? 'answered' : reply.rejection.code;
};
const bytes = (base64: string) => Buffer.from(base64, 'base64');
const vkeys = async () => (await told(getLogKeys, {})).keys.map(({ vkey }) => parseVerifierKey(vkey));

/** The leaves of the log, as a stranger reads them. */
async function allLeaves(): Promise<Buffer[]> {
  const leaves: Buffer[] = [];
  for (;;) {
    const page = await told(readLeaves, { fromPosition: leaves.length, limit: 256 });
    leaves.push(...page.leaves.map(bytes));
    if (leaves.length >= page.nextPosition) return leaves;
  }
}

function rootOfLeaves(leaves: readonly Uint8Array[]): string {
  const tree = compactRange();
  for (const leaf of leaves) tree.append(leafHash(leaf));
  return toHex(tree.root());
}

describe('a checkpoint', () => {
  it('is signed by the key of the log over exactly the leaves that a stranger reads', async () => {
    const { nextPosition } = await ledger.head();
    const { note: text, size, root } = await told(getCheckpoint, { minSize: nextPosition });
    expect(size).toBe(nextPosition);
    const opened = openCheckpoint(text, ORIGIN, await vkeys());
    expect([opened.size, toHex(opened.root)]).toEqual([size, root]);
    expect(root).toBe(rootOfLeaves(await allLeaves()));
  });

  it('follows by itself within a second or two', async () => {
    const { lastPosition } = await ledger.appendOne();
    await eventually(async () => (await told(getCheckpoint, {})).size > lastPosition);
  });

  it('is found by its size, and not where none was signed', async () => {
    const { size, note: text } = await told(getCheckpoint, {});
    expect((await told(getCheckpoint, { size })).note).toBe(text);
    expect(await codeOf(getCheckpoint, { size: 3 })).toBe('CHECKPOINT_NOT_FOUND');
    expect(await codeOf(getCheckpoint, { minSize: 1_000_000 })).toBe('CHECKPOINT_NOT_FOUND');
  });
});

describe('a proof', () => {
  it('shows that any event is in the tree', async () => {
    const { size } = await told(getCheckpoint, {});
    const keys = await vkeys();
    for (const position of [0, 1, 255, 256, 511, 700, size - 1]) {
      const { leaf, proof, checkpoint, tlogProof } = await told(proveInclusion, { position });
      const { root, size: treeSize } = openCheckpoint(checkpoint.note, ORIGIN, keys);
      const of = { index: position, size: treeSize, leafHash: leafHash(bytes(leaf!)), root, proof: proof.map(bytes) };
      expect(isIncluded(of)).toBe(true);
      expect(isIncluded({ ...of, leafHash: leafHash(Buffer.from('x')) })).toBe(false);
      expect(parseTlogProof(tlogProof)).toMatchObject({ index: position, checkpoint: checkpoint.note });
    }
  });

  it('can be had at once for what was appended just now, by the id of the event', async () => {
    const event = note();
    const { firstPosition } = await ledger.appendOne(event);
    const { position, checkpoint } = await told(proveInclusion, { eventId: event.id });
    expect(position).toBe(firstPosition);
    expect(checkpoint.size).toBeGreaterThan(position);
    expect(await codeOf(proveInclusion, { eventId: event.id, position: 0 })).toBe('EVENT_NOT_FOUND');
  });

  it('is refused for an event that is not there, for none, and for a tree that does not hold it', async () => {
    const { size } = await told(getCheckpoint, {});
    expect(await codeOf(proveInclusion, { position: 1_000_000 })).toBe('EVENT_NOT_FOUND');
    expect(await codeOf(proveInclusion, {})).toBe('REQUEST_INVALID');
    expect(await codeOf(proveInclusion, { position: 1, size: 2 })).toBe('CHECKPOINT_NOT_FOUND');
    const { firstPosition } = await ledger.appendOne();
    expect(await codeOf(proveInclusion, { position: firstPosition, size })).toBe('CHECKPOINT_NOT_FOUND');
  });

  it('shows that a tree begins with an older one, from any size on', async () => {
    const { size, root } = await told(getCheckpoint, {});
    for (const fromSize of [0, 1, 2, 255, 256, 257, 777, size]) {
      const { fromRoot, toRoot, proof } = await told(proveConsistency, { fromSize, toSize: size });
      const claim = { fromSize, fromRoot: Buffer.from(fromRoot, 'hex'), toSize: size, proof: proof.map(bytes) };
      expect(toRoot).toBe(root);
      expect(isConsistent({ ...claim, toRoot: Buffer.from(toRoot, 'hex') })).toBe(true);
      expect(isConsistent({ ...claim, toRoot: Buffer.alloc(32) })).toBe(fromSize === 0);
    }
    expect(await codeOf(proveConsistency, { fromSize: 0, toSize: 1_000_000 })).toBe('CHECKPOINT_NOT_FOUND');
    expect(await codeOf(proveConsistency, { fromSize: 2, toSize: 1 })).toBe('REQUEST_INVALID');
  });
});

describe('the tiles', () => {
  it('are all there for a checkpoint, full and partial, and hold its leaf hashes', async () => {
    const { size } = await told(getCheckpoint, {});
    const leaves = await allLeaves();
    let level0 = Buffer.alloc(0);
    for (const tile of tilesOf(size)) {
      const hashes = bytes((await told(readTile, tile)).hashes);
      expect(hashes.length).toBe(32 * tile.width);
      if (tile.level === 0) level0 = Buffer.concat([level0, hashes]);
    }
    expect(level0.equals(Buffer.concat(leaves.slice(0, size).map((leaf) => leafHash(leaf))))).toBe(true);
  });

  it('are refused when the tree has no such tile', async () => {
    expect(await codeOf(readTile, { level: 0, index: 100, width: 256 })).toBe('TILE_NOT_FOUND');
    expect(await codeOf(readTile, { level: 2, index: 0, width: 1 })).toBe('TILE_NOT_FOUND');
    expect(await codeOf(readTile, { level: 63, index: Number.MAX_SAFE_INTEGER, width: 1 })).toBe('TILE_NOT_FOUND');
  });
});

describe('a replica that does not write', () => {
  it('answers the same, and a checkpoint that it has to wait for', async () => {
    const second = await startLedger(infra, database, 'audit-ledger-second');
    try {
      for (let round = 0; round < 8; round++) {
        const request = appendOf(newStream(), 'none', note());
        await eventually(async () => (await ledger.append(request)).ok);
        const { position, checkpoint } = await told(proveInclusion, { eventId: request.writes[0]!.events[0]!.id });
        expect(checkpoint.size).toBeGreaterThan(position);
      }
    } finally {
      await second.kill();
    }
  }, 60_000);
});

describe('after a start', () => {
  it('the tree goes on where it was, though the process was killed between commit and checkpoint', async () => {
    const before = await told(getCheckpoint, {});
    await appendMany(BATCH + 7);
    await service.kill('SIGKILL');
    service = await startLedger(infra, database);
    const { nextPosition } = await ledger.head();
    const after = await told(getCheckpoint, { minSize: nextPosition });
    expect(after.root).toBe(rootOfLeaves(await allLeaves()));
    const { proof } = await told(proveConsistency, { fromSize: before.size, toSize: after.size });
    expect(
      isConsistent({
        ...{ fromSize: before.size, fromRoot: Buffer.from(before.root, 'hex') },
        ...{ toSize: after.size, toRoot: Buffer.from(after.root, 'hex'), proof: proof.map(bytes) },
      }),
    ).toBe(true);
  }, 60_000);

  it('builds tiles that were never written, as for a log that is older than its tree', async () => {
    await service.kill();
    const owner = database.pool('audit_ledger_owner', 1);
    await owner.query('alter table tile disable trigger append_only');
    await owner.query('delete from tile');
    await owner.query('alter table tile enable trigger append_only');
    service = await startLedger(infra, database);
    const { size, root } = await told(getCheckpoint, { minSize: (await ledger.head()).nextPosition });
    expect(root).toBe(rootOfLeaves((await allLeaves()).slice(0, size)));
    expect((await owner.query('select count(*)::int as n from tile')).rows).toEqual([{ n: Math.floor(size / 256) }]);
  }, 60_000);
});

describe('the keys of the log', () => {
  const reason = 'a test';

  it('can be rotated: both sign, then only the new one, and all of it stands in the log', async () => {
    const [old] = await vkeys();
    const { vkey } = await told(addSigningKey, { reason });
    const during = await told(getCheckpoint, { minSize: (await ledger.head()).nextPosition });
    expect(openCheckpoint(during.note, ORIGIN, await vkeys()).verified).toHaveLength(2);

    const oldVkey = (await told(getLogKeys, {})).keys[0]!.vkey;
    const { position } = await told(retireSigningKey, { vkey: oldVkey, reason });
    const after = await told(getCheckpoint, { minSize: position + 1 });
    expect(openCheckpoint(after.note, ORIGIN, [parseVerifierKey(vkey)]).verified).toHaveLength(1);
    expect(() => openCheckpoint(after.note, ORIGIN, [old!])).toThrow();

    const events = (await ledger.all()).filter(({ stream }) => stream === 'signing-keys');
    expect(events.map(({ type }) => type)).toEqual(['key.added', 'key.added', 'key.retired']);
    expect(events[1]).toMatchObject({ actor: { kind: 'operator', id: 'ada' }, data: { vkey, reason, addedBy: 'ada' } });
    expect((await told(getLogKeys, {})).keys.map(({ retiredAt }) => retiredAt !== undefined)).toEqual([true, false]);
  });

  it('are added and retired once, however often the command comes', async () => {
    const meta = { id: 'the same', actor: { kind: 'operator', id: 'ada' } } as const;
    const first = await bus.request(addSigningKey, { reason }, meta);
    expect(await bus.request(addSigningKey, { reason }, meta)).toEqual(first);
    if (!first.ok) throw new Error(first.rejection.detail);
    const retired = await told(retireSigningKey, { vkey: first.value.vkey, reason });
    expect(await told(retireSigningKey, { vkey: first.value.vkey, reason })).toEqual(retired);
  });

  it('never end: the last one cannot be retired, nor one that nobody knows', async () => {
    const { keys } = await told(getLogKeys, {});
    const inUse = keys.filter(({ retiredAt }) => retiredAt === undefined);
    expect(inUse).toHaveLength(1);
    expect(await codeOf(retireSigningKey, { vkey: inUse[0]!.vkey, reason })).toBe('SIGNING_KEY_REFUSED');
    expect(await codeOf(retireSigningKey, { vkey: 'x', reason })).toBe('SIGNING_KEY_REFUSED');
  });
});
