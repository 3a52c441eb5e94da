import { randomUUID } from 'node:crypto';
import { testInfrastructure, type ServiceProcess, type TestDatabase, type TestInfrastructure } from '@causeway/testing';
import { appendOf, callerOn, claim, newStream, note, startLedger, type Caller } from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let service: ServiceProcess;
let ledger: Caller;

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  service = await startLedger(infra, database);
  ledger = callerOn(await infra.connect('run-orchestrator'));
}, 60_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

const codeOf = async (...args: Parameters<Caller['append']>) => {
  const reply = await ledger.append(...args);
  return reply.ok ? 'appended' : reply.rejection.code;
};

describe('appending', () => {
  it('tells positions and versions of all streams that were written', async () => {
    const [one, two] = [newStream(), newStream()];
    await ledger.append(appendOf(one, 'none', note()));
    const { nextPosition } = await ledger.head();
    const reply = await ledger.append({
      appendId: randomUUID(),
      writes: [
        { stream: one, expected: 1, events: [note(), claim('x')] },
        { stream: two, expected: 'none', events: [note()] },
      ],
    });
    expect(reply).toEqual({
      ok: true,
      value: { firstPosition: nextPosition, lastPosition: nextPosition + 2, versions: { [one]: 3, [two]: 1 } },
    });
  });

  it('refuses events of another service, and types that nobody declared', async () => {
    const { nextPosition } = await ledger.head();
    expect(await codeOf(appendOf(newStream(), 'none', note({ type: 'egress.completed' })))).toBe('EVENT_NOT_OWNED');
    expect(await codeOf(appendOf(newStream(), 'none', note(), note({ type: 'step.vanished' })))).toBe(
      'EVENT_TYPE_UNKNOWN',
    );
    expect((await ledger.head()).nextPosition).toBe(nextPosition);
  });

  it('lets no service write in the name of another', async () => {
    const egress = callerOn(await infra.connect('egress-proxy'));
    expect(await egress.append(appendOf(newStream(), 'none', note()), 500)).toMatchObject({
      rejection: { code: 'SERVICE_UNAVAILABLE' },
    });
  });

  it.each([
    ['a fraction', '{"price":1.5}', 'price'],
    ['a key __proto__', '{"a":{"__proto__":1}}', 'a.__proto__'],
    ['half a surrogate pair', '{"text":"\\ud800"}', 'text'],
  ])('refuses data with %s and names the field', async (_, json, field) => {
    const reply = await ledger.append(appendOf(newStream(), 'none', note({ data: JSON.parse(json) as never })));
    expect(reply).toMatchObject({
      rejection: { code: 'EVENT_DATA_INVALID', errors: [{ path: `writes.0.events.0.data.${field}` }] },
    });
  });

  it('keeps data beside the leaf byte for byte, whatever it holds', async () => {
    const text = `"\\ \u0000 € 😀 ${'x'.repeat(100_000)}`;
    const { firstPosition } = await ledger.appendOne(claim(text));
    const event = (await ledger.all())[firstPosition];
    expect(event?.data).toEqual({ note: text });
  });

  it('remembers what it was sent after it was started again', async () => {
    const streams = [newStream(), newStream(), newStream()] as const;
    const first = appendOf(streams[0], 'none', note(), claim('a'));
    const second = appendOf(streams[1], 'any', note());
    const answers = [await ledger.append(first), await ledger.append(second)];
    const { nextPosition } = await ledger.head();
    await service.kill();
    service = await startLedger(infra, database);

    expect(await ledger.append(first)).toEqual(answers[0]);
    expect(await ledger.append(second)).toEqual(answers[1]);
    expect(await ledger.append({ ...second, appendId: randomUUID() })).toEqual(answers[1]);
    const forged = { ...second.writes[0]!.events[0]!, data: { reason: 'other' } };
    expect(await codeOf(appendOf(streams[2], 'any', forged))).toBe('EVENT_ID_REUSED');
    expect(await codeOf({ ...appendOf(streams[2], 'any', note()), appendId: first.appendId })).toBe('EVENT_ID_REUSED');
    expect((await ledger.head()).nextPosition).toBe(nextPosition);
  }, 60_000);

  it('does not let a forgotten duplicate spoil the batch of others', async () => {
    const old = appendOf(newStream(), 'any', note());
    const first = await ledger.append(old);
    await service.kill();
    service = await startLedger(infra, database);
    const others = Array.from({ length: 20 }, () => appendOf(newStream(), 'none', note()));
    const replies = await Promise.all([...others, old, ...others.slice(0, 3)].map((request) => ledger.append(request)));
    expect(replies[20]).toEqual(first);
    expect(replies.every(({ ok }) => ok)).toBe(true);
    expect(await ledger.verify()).toMatchObject({ good: true });
  }, 60_000);
});
