import { CloudEvent, fromCloudEvent, type RecordedEvent } from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { testInfrastructure, type ServiceProcess, type TestDatabase, type TestInfrastructure } from '@causeway/testing';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import {
  appendOf,
  callerOn,
  claim,
  eventually,
  FIRST,
  newStream,
  note,
  startLedger,
  type Caller,
} from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let service: ServiceProcess;
let watcher: Bus;
let ledgerBus: Bus;
let ledger: Caller;

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  service = await startLedger(infra, database);
  watcher = await infra.connect('sre');
  ledgerBus = await infra.connect('run-orchestrator');
  ledger = callerOn(ledgerBus);
}, 60_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

const isPublished = async () => {
  const { publishedTo, nextPosition } = await ledger.head();
  return publishedTo === nextPosition;
};

/** Everything that the AUDIT stream holds, in its order. */
async function streamed(): Promise<readonly RecordedEvent[]> {
  const audit = await admin();
  const { state } = await (await jetstreamManager(audit.connection)).streams.info('AUDIT');
  if (state.messages === 0) return [];
  const consumer = await jetstream(audit.connection).consumers.get('AUDIT');
  const events: RecordedEvent[] = [];
  for await (const message of await consumer.fetch({ max_messages: state.messages, expires: 30_000 }))
    events.push(fromCloudEvent(CloudEvent.parse(message.json())));
  return events;
}
let adminBus: Bus | undefined;
const admin = async (): Promise<Bus> => (adminBus ??= await infra.connect('audit-ledger'));

describe('publication', () => {
  it('announces each event on a subject of its type and scope, in the order of the log', async () => {
    const heard: [string, RecordedEvent][] = [];
    watcher.subscribe('audit.>', (bytes, subject) =>
      heard.push([subject, fromCloudEvent(CloudEvent.parse(JSON.parse(Buffer.from(bytes).toString())))]),
    );
    await watcher.connection.flush();
    const stream = newStream();
    await ledger.append(appendOf(stream, 'none', note(), claim('é €'), note({ scope: 'run_1', causationId: 'c' })));
    await eventually(async () => heard.length === 3);
    expect(heard.map(([subject]) => subject)).toEqual([
      `audit.step.unknown.${stream}`,
      `audit.run.claimed.${stream}`,
      'audit.step.unknown.run_1',
    ]);
    expect(heard.map(([, event]) => event)).toEqual((await ledger.all()).slice(FIRST));
  });

  it('keeps them in the AUDIT stream, each once, with the event id as message id', async () => {
    await eventually(isPublished);
    expect(await streamed()).toEqual(await ledger.all());
    const manager = await jetstreamManager((await admin()).connection);
    const { config } = await manager.streams.info('AUDIT');
    expect(config).toMatchObject({ subjects: ['audit.>'], storage: 'file', duplicate_window: 120_000_000_000 });
    const first = await manager.streams.getMessage('AUDIT', { seq: 1 });
    expect(first?.header.get('Nats-Msg-Id')).toBe((await ledger.all())[0]!.id);
  });

  it('catches up after the process was killed in the middle, in order and without repeating', async () => {
    const burst = Array.from({ length: 300 }, (_, n) =>
      ledger.append(appendOf(newStream(), 'none', n % 2 ? note() : claim(`${n}`)), 20_000),
    );
    await Promise.race(burst);
    await service.kill('SIGKILL');
    service = await startLedger(infra, database);
    const replies = await Promise.all(burst);
    expect(replies.filter(({ ok }) => !ok)).toEqual([]);
    await eventually(isPublished);
    const log = await ledger.all();
    expect(log).toHaveLength(FIRST + 303);
    expect(await streamed()).toEqual(log);
    expect(await ledger.verify()).toMatchObject({ good: true, checked: FIRST + 303 });
  }, 60_000);

  it('publishes from the log itself what was committed while the bus was away', async () => {
    const owner = database.pool('audit_ledger_owner', 1);
    await service.kill();
    await owner.query('update publication set position = 100');
    await (await jetstreamManager((await admin()).connection)).streams.delete('AUDIT');
    service = await startLedger(infra, database);
    await eventually(isPublished);
    expect(await streamed()).toEqual((await ledger.all()).slice(100));
  }, 60_000);

  it('goes on behind what the stream has, however long ago it was stored and wherever the cursor is', async () => {
    const before = await streamed();
    await service.kill();
    await database.pool('audit_ledger_owner', 1).query('update publication set position = 150');
    // JetStream forgets the ids that it has seen, as it does two minutes after it has seen them.
    const manager = await jetstreamManager((await admin()).connection);
    await manager.streams.update('AUDIT', { duplicate_window: 100_000_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    service = await startLedger(infra, database);
    await ledger.appendOne();
    await eventually(isPublished);
    expect(await streamed()).toEqual([...before, (await ledger.all()).at(-1)]);
  }, 60_000);

  it('publishes from its own cursor when the stream ends with an event of another log', async () => {
    await service.kill();
    const manager = await jetstreamManager((await admin()).connection);
    await manager.streams.purge('AUDIT');
    const foreign = headers();
    foreign.set('Nats-Msg-Id', 'another');
    foreign.set('Causeway-Position', '1000000');
    await jetstream((await admin()).connection).publish('audit.step.unknown.x', '{}', { headers: foreign });
    service = await startLedger(infra, database);
    const { firstPosition } = await ledger.appendOne();
    await eventually(isPublished);
    const last = (await manager.streams.info('AUDIT')).state.last_seq;
    const message = await manager.streams.getMessage('AUDIT', { seq: last });
    expect(message?.header.get('Causeway-Position')).toBe(String(firstPosition));
    await manager.streams.delete('AUDIT');
  }, 60_000);

  it('goes on after NATS was started again', async () => {
    await infra.nats.stop();
    await infra.nats.start();
    await eventually(async () => (await ledger.append(appendOf(newStream(), 'none', note()), 2_000)).ok);
    await eventually(isPublished);
    const log = await ledger.all();
    expect((await streamed()).at(-1)).toEqual(log.at(-1));
  }, 60_000);

  it('does not make appends wait when JetStream loses the stream', async () => {
    const manager = await jetstreamManager((await admin()).connection);
    await manager.streams.delete('AUDIT');
    const { firstPosition } = await ledger.appendOne();
    await eventually(isPublished);
    expect((await streamed()).map(({ position }) => position)).toContain(firstPosition);
  }, 60_000);
});
