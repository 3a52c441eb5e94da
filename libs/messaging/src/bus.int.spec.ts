import { defineCommand, type RequestMeta } from '@causeway/contracts';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { z } from 'zod';
import type { Bus } from './bus.ts';
import { DependencyError, ok, rejected } from './reply.ts';

const greet = defineCommand({
  owner: 'run-orchestrator',
  name: 'greet',
  data: z.strictObject({
    name: z.string().min(1),
    times: z.int().max(3).default(1),
    nested: z.object({ a: z.number() }).optional(),
  }),
  reply: z.strictObject({ text: z.string() }),
  rejections: [],
});
const mirror = defineCommand({
  ...{ owner: 'run-orchestrator', name: 'mirror', rejections: [], dataBytes: 5, replyBytes: 5 },
  data: z.strictObject({ times: z.int() }),
  reply: z.strictObject({ times: z.int() }),
});
const META: RequestMeta = { id: 'request-1', actor: { kind: 'agent', id: 'researcher' }, correlationId: 'run_1' };

let infra: TestInfrastructure;
let owner: Bus;
let caller: Bus;
const logged: { facts: object; message: string }[] = [];

beforeEach(async () => {
  logged.length = 0;
  infra = await testInfrastructure();
  const error = (facts: object, message: string) => void logged.push({ facts, message });
  owner = await infra.connect('run-orchestrator', { info: () => {}, warn: () => {}, error });
  caller = await infra.connect('gateway');
});
afterEach(() => infra.stop());

const call = (data: z.input<typeof greet.data>, options = {}) => caller.request(greet, data, META, options);
const raw = async (body: string): Promise<unknown> =>
  (await caller.connection.request(greet.subject, body, { timeout: 30_000 })).json();

describe('a request on the bus', () => {
  it('carries the data, with defaults filled in, and who asks; the reply comes back', async () => {
    const seen: unknown[] = [];
    owner.serve(greet, async (request) => {
      seen.push(request);
      return ok({ text: `hello ${request.data.name}` });
    });
    expect(await call({ name: 'Ada' })).toEqual({ ok: true, value: { text: 'hello Ada' } });
    expect(seen).toEqual([{ data: { name: 'Ada', times: 1 }, meta: META, subject: greet.subject }]);
  });

  it('carries bytes behind the data, and back behind the reply, as they are', async () => {
    const seen: (Uint8Array | undefined)[] = [];
    owner.serve(mirror, async ({ data, bytes }) => {
      seen.push(bytes);
      return { ...ok({ times: data.times }), bytes: Buffer.from(bytes ?? []).reverse() };
    });
    const bytes = Buffer.from([0, 1, 10, 255, 128]);
    const reply = await caller.request(mirror, { times: 2 }, META, { bytes });
    expect([reply.ok && reply.value, Buffer.from(reply.bytes ?? [])]).toEqual([
      { times: 2 },
      Buffer.from(bytes).reverse(),
    ]);
    await caller.request(mirror, { times: 1 }, META);
    expect(seen.map((one) => Buffer.from(one ?? 'none').toString('hex'))).toEqual([bytes.toString('hex'), '']);
  });

  it('with more bytes than its contract takes is refused before the handler sees it', async () => {
    let calls = 0;
    owner.serve(mirror, async () => ok({ times: calls++ }));
    owner.serve(greet, async () => ok({ text: String(calls++) }));
    const refused = { ok: false, rejection: { code: 'REQUEST_INVALID' } };
    expect(await caller.request(mirror, { times: 1 }, META, { bytes: Buffer.alloc(6) })).toMatchObject(refused);
    expect(await call({ name: 'Ada' }, { bytes: Buffer.alloc(0) })).toMatchObject(refused);
    expect(calls).toBe(0);
  });

  it('brings a refusal back as it was given', async () => {
    owner.serve(greet, async () => rejected('RUN_NOT_FOUND', 'no such run', { rule: 'r', facts: { a: 1 } }));
    expect(await call({ name: 'Ada' })).toEqual({
      ok: false,
      rejection: { code: 'RUN_NOT_FOUND', detail: 'no such run', rule: 'r', facts: { a: 1 } },
    });
  });

  it('is refused with every field that does not fit, before the handler sees it', async () => {
    let calls = 0;
    owner.serve(greet, async () => ok({ text: String(calls++) }));
    const data = { name: '', times: 4, nested: { a: 'x' }, extra: true } as unknown as z.input<typeof greet.data>;
    const reply = await call(data);
    expect(reply).toMatchObject({ ok: false, rejection: { code: 'REQUEST_INVALID' } });
    if (reply.ok) throw new Error('accepted');
    expect(reply.rejection.errors?.map(({ path }) => path).sort()).toEqual(['extra', 'name', 'nested.a', 'times']);
    expect(calls).toBe(0);
  });

  it.each([
    ['is no JSON', 'hello'],
    ['is no object', '7'],
    ['is null', 'null'],
    ['says not who asks', JSON.stringify({ id: 'x', data: { name: 'Ada' } })],
    [
      'names an actor that cannot be',
      JSON.stringify({ ...META, actor: { kind: 'god', id: 'x' }, data: { name: 'Ada' } }),
    ],
    ['has no id', JSON.stringify({ actor: META.actor, data: { name: 'Ada' } })],
  ])('whose envelope %s is refused as such', async (_, body) => {
    owner.serve(greet, async () => ok({ text: 'served' }));
    await owner.connection.flush();
    expect(await raw(body)).toMatchObject({ ok: false, rejection: { code: 'REQUEST_INVALID' } });
    expect(logged).toEqual([]);
  });

  it('whose handler fails is answered INTERNAL without saying why, and the log says why', async () => {
    owner.serve(greet, async () => {
      throw new Error('the secret is 42');
    });
    const reply = await call({ name: 'Ada' });
    expect(reply).toMatchObject({ ok: false, rejection: { code: 'INTERNAL' } });
    expect(JSON.stringify(reply)).not.toContain('42');
    expect(logged).toMatchObject([{ facts: { err: { message: 'the secret is 42' }, subject: greet.subject } }]);
  });

  it('whose handler misses a dependency is answered with that', async () => {
    owner.serve(greet, async () => {
      throw new DependencyError('LEDGER_UNAVAILABLE', 'the ledger does not answer');
    });
    expect(await call({ name: 'Ada' })).toEqual({
      ok: false,
      rejection: { code: 'LEDGER_UNAVAILABLE', detail: 'the ledger does not answer' },
    });
  });

  it('whose answer does not fit in one message is answered INTERNAL, and the service goes on', async () => {
    owner.serve(greet, async ({ data }) => ok({ text: data.name === 'much' ? 'x'.repeat(1_100_000) : 'little' }));
    expect(await call({ name: 'much' })).toMatchObject({ ok: false, rejection: { code: 'INTERNAL' } });
    expect(await call({ name: 'Ada' })).toMatchObject({ ok: true, value: { text: 'little' } });
    expect(logged).toHaveLength(1);
  });

  it('that does not fit in one message is refused as too large', async () => {
    owner.serve(greet, async () => ok({ text: 'x' }));
    expect(await call({ name: 'x'.repeat(1_100_000) })).toMatchObject({
      ok: false,
      rejection: { code: 'REQUEST_TOO_LARGE' },
    });
  });

  it('is answered once by one of several replicas', async () => {
    const answered: string[] = [];
    for (const replica of ['one', 'two', 'three']) {
      const bus = await infra.connect('run-orchestrator');
      bus.serve(greet, async () => {
        answered.push(replica);
        return ok({ text: replica });
      });
      await bus.connection.flush();
    }
    const replies = await Promise.all(Array.from({ length: 30 }, () => call({ name: 'Ada' })));
    expect(replies.every(({ ok: accepted }) => accepted)).toBe(true);
    expect(answered).toHaveLength(30);
  });
});

describe('a request without an answer', () => {
  it('is refused as unavailable when nobody listens for as long as it may take, and says that it reached nobody', async () => {
    const reply = await call({ name: 'Ada' }, { timeoutMs: 1_000 });
    expect(reply).toMatchObject({
      ok: false,
      rejection: { code: 'SERVICE_UNAVAILABLE', facts: { reachedNobody: true } },
    });
  });

  it('is answered by a service that comes up in the meantime, also when it may be sent only once', async () => {
    const waiting = [call({ name: 'Ada' }), call({ name: 'Bob' }, { send: 'once' })];
    owner.serve(greet, async ({ data }) => ok({ text: data.name }));
    expect(await Promise.all(waiting)).toMatchObject([{ ok: true }, { ok: true }]);
  });

  it('is sent again with the same id when an attempt is lost', async () => {
    const ids: string[] = [];
    owner.serve(greet, ({ meta }) => {
      ids.push(meta.id);
      return ids.length === 1 ? new Promise(() => {}) : Promise.resolve(ok({ text: 'second' }));
    });
    expect(await call({ name: 'Ada' }, { attemptMs: 100 })).toMatchObject({ ok: true, value: { text: 'second' } });
    expect(ids).toEqual([META.id, META.id]);
  });

  it('is not sent again when it may be sent only once and somebody may have it', async () => {
    let received = 0;
    const { promise: somebodyHasIt, resolve: receive } = Promise.withResolvers<void>();
    owner.serve(greet, () => {
      received++;
      receive();
      return new Promise(() => {});
    });
    await owner.connection.flush();
    const reply = await call({ name: 'Ada' }, { timeoutMs: 400, attemptMs: 100, send: 'once' });
    await somebodyHasIt;
    await owner.connection.flush();
    expect(reply).toMatchObject({
      ok: false,
      rejection: { code: 'SERVICE_UNAVAILABLE', facts: { reachedNobody: false } },
    });
    expect(received).toBe(1);
  });

  it('never says that it reached nobody when an earlier attempt may have reached somebody', async () => {
    const subscription = owner.serve(greet, () => {
      subscription.unsubscribe();
      return new Promise(() => {});
    });
    await owner.connection.flush();
    const reply = await call({ name: 'Ada' }, { timeoutMs: 500, attemptMs: 100 });
    expect(reply).toMatchObject({ ok: false, rejection: { facts: { reachedNobody: false } } });
  });
});

describe('a request that its sender may not make', () => {
  it('is refused and reaches nobody', async () => {
    const watcher = await infra.connect('sre');
    let received = 0;
    owner.serve(greet, async () => ok({ text: String(received++) }));
    await owner.connection.flush();
    expect(await watcher.request(greet, { name: 'Ada' }, META, { timeoutMs: 4_000 })).toMatchObject({ ok: false });
    expect(received).toBe(0);
  });
});

describe('a service that may not listen to a subject', () => {
  it('says so in its log and is not ready', async () => {
    const error = (facts: object, message: string) => void logged.push({ facts, message });
    const bus = await infra.connect('egress-proxy', { info: () => {}, warn: () => {}, error });
    expect(bus.isConnected()).toBe(true);
    bus.serve(greet, async () => ok({ text: 'stolen' }));
    await bus.connection.flush();
    expect(bus.isConnected()).toBe(false);
    // The connection tells of it as well, before or after.
    const refusals = logged.filter(({ message }) => message === 'subscription refused');
    expect(refusals).toMatchObject([{ facts: { subject: greet.subject } }]);
  });
});

describe('a service that stops', () => {
  it('answers what it has in hand and takes nothing new', async () => {
    let finish = () => {};
    const started = new Promise<void>((begun) => {
      owner.serve(greet, async () => {
        begun();
        await new Promise<void>((resolve) => (finish = resolve));
        return ok({ text: 'finished' });
      });
    });
    const inHand = call({ name: 'Ada' });
    await started;
    const stopping = owner.stopServing(5_000);
    finish();
    await stopping;
    expect(await inHand).toMatchObject({ ok: true, value: { text: 'finished' } });
    expect(await call({ name: 'Bob' }, { timeoutMs: 150 })).toMatchObject({ ok: false });
  });
});
