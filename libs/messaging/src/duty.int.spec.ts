import { defineCommand, type RequestMeta } from '@causeway/contracts';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { z } from 'zod';
import type { Bus, Handler } from './bus.ts';
import { createDuty } from './duty.ts';
import { ok } from './reply.ts';

const sign = defineCommand({
  owner: 'audit-ledger',
  name: 'retire-signing-key',
  data: z.strictObject({}),
  reply: z.strictObject({ by: z.string() }),
  rejections: [],
});
const META: RequestMeta = { id: 'request-1', actor: { kind: 'operator', id: 'ada' } };

let infra: TestInfrastructure;
let caller: Bus;

beforeEach(async () => {
  infra = await testInfrastructure();
  caller = await infra.connect('gateway');
});
afterEach(() => infra.stop());

const ask = (timeoutMs: number) => caller.request(sign, {}, META, { timeoutMs });
const by =
  (name: string): Handler<typeof sign> =>
  async () =>
    ok({ by: name });

async function replica(handler: Handler<typeof sign>) {
  const bus = await infra.connect('audit-ledger');
  const duty = createDuty(bus);
  duty.serve(sign, handler);
  return { bus, duty };
}

describe('a duty', () => {
  it('is off at first: a request meets nobody and certainly did nothing', async () => {
    await replica(by('one'));
    expect(await ask(300)).toMatchObject({
      rejection: { code: 'SERVICE_UNAVAILABLE', facts: { reachedNobody: true } },
    });
  });

  it('serves from its beginning, whenever the contract was added, and no more after its end', async () => {
    const bus = await infra.connect('audit-ledger');
    const duty = createDuty(bus);
    duty.begin();
    duty.serve(sign, by('one'));
    await bus.connection.flush();
    expect(await ask(2_000)).toEqual({ ok: true, value: { by: 'one' } });
    duty.end();
    await bus.connection.flush();
    expect(await ask(300)).toMatchObject({ rejection: { facts: { reachedNobody: true } } });
    duty.begin();
    await bus.connection.flush();
    expect(await ask(2_000)).toEqual({ ok: true, value: { by: 'one' } });
  });

  it('serves once, though it is begun twice', async () => {
    let calls = 0;
    const { bus, duty } = await replica(async () => ok({ by: String(++calls) }));
    duty.begin();
    duty.begin();
    await bus.connection.flush();
    await ask(2_000);
    await caller.connection.flush();
    await bus.connection.flush();
    expect(calls).toBe(1);
  });

  it('gives every request to the replica that has taken over, though another is stopped and still subscribed', async () => {
    const stopped = await replica(() => new Promise(() => {}));
    const next = await replica(by('the next one'));
    stopped.duty.begin();
    next.duty.begin();
    await Promise.all([stopped.bus.connection.flush(), next.bus.connection.flush()]);
    const replies = await Promise.all(Array.from({ length: 40 }, () => ask(2_000)));
    expect(replies).toEqual(Array.from({ length: 40 }, () => ({ ok: true, value: { by: 'the next one' } })));
  });

  it('meets a request that was sent before it began: the sender tries again', async () => {
    const { duty } = await replica(by('late'));
    const asked = ask(10_000);
    await caller.connection.flush();
    duty.begin();
    expect(await asked).toEqual({ ok: true, value: { by: 'late' } });
  });

  it('still answers what was on its way when it ended', async () => {
    const { bus, duty } = await replica(by('one'));
    duty.begin();
    await bus.connection.flush();
    const asked = Promise.all(Array.from({ length: 50 }, () => caller.request(sign, {}, META, { send: 'once' })));
    await new Promise((resolve) => setImmediate(resolve));
    duty.end();
    for (const reply of await asked) {
      if (reply.ok) expect(reply.value).toEqual({ by: 'one' });
      else expect(reply.rejection.facts).toEqual({ reachedNobody: true });
    }
  });

  it('is served no more once the bus has stopped serving', async () => {
    const { bus, duty } = await replica(by('one'));
    duty.begin();
    await bus.stopServing(1_000);
    expect(await ask(300)).toMatchObject({ rejection: { facts: { reachedNobody: true } } });
  });
});
