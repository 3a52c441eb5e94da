import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import type { Bus } from './bus.ts';
import { eventStream, type EventStream, type StreamMessage } from './event-stream.ts';

const MAX_BYTES = 1024 * 1024;
let infra: TestInfrastructure;
let bus: Bus;
let stream: EventStream;

beforeAll(async () => {
  infra = await testInfrastructure();
  bus = await infra.connect('audit-ledger');
  const options = { name: 'TEST', subjects: ['audit.stored.>'], maxBytes: MAX_BYTES, timeoutMs: 500 };
  stream = eventStream({ bus, ...options });
  await stream.ensure();
}, 60_000);

afterAll(async () => {
  await infra?.stop();
});

/** A message for each letter; its position is the letter's place in the alphabet. */
const messages = (letters: string): StreamMessage[] =>
  [...letters].map((id) => ({
    subject: 'audit.stored.x',
    id,
    position: id.charCodeAt(0) - 97,
    body: `{"id":"${id}"}`,
  }));
const lost = (letter: string): StreamMessage => ({ ...messages(letter)[0]!, subject: 'audit.nowhere.x' });
const publish = async (to: EventStream, sent: StreamMessage[]) => to.send(sent) && (await to.confirm(sent.at(-1)!));
async function storedIds(): Promise<string[]> {
  const manager = await jetstreamManager(bus.connection);
  const { state } = await manager.streams.info('TEST');
  const ids: string[] = [];
  for (let seq = 1; seq <= state.last_seq; seq++)
    ids.push((await manager.streams.getMessage('TEST', { seq }))!.header?.get('Nats-Msg-Id') ?? '');
  return ids;
}

describe('an event stream', () => {
  it('stores messages in order, each once', async () => {
    expect(await publish(stream, messages('abc'))).toBe(true);
    expect(await publish(stream, messages('bcd'))).toBe(true);
    expect(await storedIds()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('stores nothing after a message that was lost, and goes on when they are sent again', async () => {
    expect(await publish(stream, [...messages('e'), lost('f'), ...messages('gh')])).toBe(false);
    expect(await storedIds()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await publish(stream, messages('efgh'))).toBe(true);
    expect(await storedIds()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });

  it('does not wait for ever for a predecessor that the stream will never end with', async () => {
    const restarted = eventStream({
      ...{ bus, name: 'TEST', subjects: ['audit.stored.>'] },
      ...{ maxBytes: MAX_BYTES, timeoutMs: 200 },
    });
    await restarted.ensure();
    // Something else is last in the stream now, as after messages that were stored a second time.
    bus.connection.publish('audit.stored.x', '{}');
    const answers = [];
    for (let attempt = 0; attempt < 3; attempt++) answers.push(await publish(restarted, messages('ghi')));
    expect(answers).toEqual([false, false, true]);
    expect((await storedIds()).at(-1)).toBe('i');
  });

  it('can be made sure of again, with what it holds', async () => {
    const before = await storedIds();
    await stream.ensure();
    expect(await storedIds()).toEqual(before);
  });

  it('tells what it ends with, and nothing when it is empty', async () => {
    const options = { bus, name: 'FRESH', subjects: ['audit.fresh.>'], maxBytes: MAX_BYTES };
    const fresh = eventStream(options);
    expect(await fresh.ensure()).toBeUndefined();
    await publish(
      fresh,
      messages('abc').map((message) => ({ ...message, subject: 'audit.fresh.x' })),
    );
    expect(await eventStream(options).ensure()).toEqual({ id: 'c', position: 2 });
  });

  it('never grows beyond its bound: the oldest messages make room', async () => {
    const options = { bus, name: 'SMALL', subjects: ['audit.small.>'], maxBytes: 64 * 1024 };
    const small = eventStream(options);
    await small.ensure();
    const many = Array.from({ length: 200 }, (_, position) => ({
      ...{ subject: 'audit.small.x', id: `m${position}`, position },
      body: 'x'.repeat(1024),
    }));
    expect(await publish(small, many)).toBe(true);
    const { state, config } = await (await jetstreamManager(bus.connection)).streams.info('SMALL');
    expect(config).toMatchObject({ max_bytes: 64 * 1024, max_age: 0, discard: 'old' });
    expect(state.bytes).toBeLessThanOrEqual(64 * 1024);
    expect(state.first_seq).toBeGreaterThan(1);
    expect(await small.ensure()).toEqual({ id: 'm199', position: 199 });
  });

  it('publishes nothing while the bus is away', async () => {
    await infra.nats.stop();
    while (bus.isConnected()) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await publish(stream, messages('j'))).toBe(false);
    await infra.nats.start();
    while (!bus.isConnected()) await new Promise((resolve) => setTimeout(resolve, 10));
    while (!(await publish(stream, messages('j')))) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await storedIds()).at(-1)).toBe('j');
  }, 60_000);
});
