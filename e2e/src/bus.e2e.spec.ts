import { jetstream } from '@nats-io/jetstream';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { fromCloudEvent, type CloudEvent, type RecordedEvent } from '@causeway/contracts';
import type { NatsUser } from '@causeway/provisioning';
import { aList, apiOf, aText, type Api } from './api.ts';
import { connectAs, refusalsOf } from './bus-user.ts';
import { startSystem, START_TIMEOUT_MS, STOP_TIMEOUT_MS, type System } from './system.ts';

const eventIn = (message: { json: <T>() => T }): RecordedEvent => fromCloudEvent(message.json<CloudEvent>());
const idsOf = (events: readonly RecordedEvent[]): string[] => events.map(({ id }) => id);

/** Takes messages until one has this type. */
async function until(type: string, messages: AsyncIterable<Pick<Msg, 'json'>>): Promise<RecordedEvent[]> {
  const seen: RecordedEvent[] = [];
  for await (const message of messages) {
    seen.push(eventIn(message));
    if (seen.at(-1)?.type === type) break;
  }
  return seen;
}

describe('the bus', () => {
  let system: System;
  let api: Api;
  const open: NatsConnection[] = [];
  beforeAll(async () => {
    system = await startSystem();
    api = apiOf(system);
  }, START_TIMEOUT_MS);
  afterEach(() => Promise.all(open.splice(0).map((connection) => connection.close())));
  afterAll(() => system.stop(), STOP_TIMEOUT_MS);

  const as = async (user: NatsUser): Promise<NatsConnection> => {
    const connection = await connectAs(user, system);
    open.push(connection);
    return connection;
  };

  const PREDICATE = { kind: 'capability_succeeded', capability: 'resource.ingest' };

  it('tells a foreign client the story of a run as it happens, exactly as the ledger has it', async () => {
    const sre = await as('sre');
    const work = await api.startWork('agent-live', { predicate: PREDICATE });
    const story = sre.subscribe(`audit.*.*.${work.runId}`);
    await sre.flush();
    const seen = until('session.released', story);
    expect((await api.step(work, 'keep', aText('One'))).status).toBe(200);
    expect((await api.step(work, 'look', aList)).status).toBe(200);
    await api.claim(work);
    const told = await seen;
    const [opening, ...rest] = await api.events({ runId: work.runId });
    expect(opening?.type).toBe('run.started');
    expect(told.filter(({ type }) => type !== 'run.started')).toEqual(rest);
  });

  it('keeps the story for whoever comes later', async () => {
    const work = await api.startWork('agent-later', { predicate: PREDICATE });
    await api.step(work, 'keep', aText('Two'));
    await api.claim(work);
    const recorded = await api.events({ runId: work.runId });
    const filter_subjects = `audit.*.*.${work.runId}`;
    const consumer = await jetstream(await as('sre')).consumers.get('AUDIT', { filter_subjects });
    expect(await until('session.released', await consumer.consume())).toEqual(recorded);
  });

  it('carries the whole log, in order, each event chained to the one before and named by its id', async () => {
    const sre = await as('sre');
    const all = sre.subscribe('audit.>');
    await sre.flush();
    const from = await api.nextPosition();
    const work = await api.startWork('agent-all', { predicate: PREDICATE });
    await api.step(work, 'keep', aText('Three'));
    await api.claim(work);
    const messages: Msg[] = [];
    for await (const message of all) {
      messages.push(message);
      if (message.subject === `audit.run.done.${work.runId}`) break;
    }
    const told = messages.map(eventIn).filter(({ position }) => position >= from);
    expect(told.map(({ position }) => position)).toEqual(told.map((_, index) => from + index));
    expect(told.slice(1).map(({ previousChain }) => previousChain)).toEqual(
      told.slice(0, -1).map(({ chain }) => chain),
    );
    expect(messages.map(({ headers }) => headers?.get('Nats-Msg-Id'))).toEqual(idsOf(messages.map(eventIn)));
  });

  it('does not let egress-proxy say that something happened', async () => {
    const heard: string[] = [];
    const sre = await as('sre');
    sre.subscribe('audit.>', { callback: (_, { subject }) => void heard.push(subject) });
    await sre.flush();
    const egress = await as('egress-proxy');
    const refusals = await refusalsOf(egress, () => {
      egress.publish('audit.x', '{}');
      egress.publish('audit.run.done.run_x', '{}');
    });
    await sre.flush();
    expect(refusals).toEqual([
      expect.stringContaining('Permissions Violation for Publish to "audit.x"'),
      expect.stringContaining('Permissions Violation for Publish to "audit.run.done.run_x"'),
    ]);
    expect(heard).toEqual([]);
  });

  it.each<[NatsUser, string]>([
    ['gateway', 'cap.egress-proxy.network-http-fetch'],
    ['gateway', 'cmd.audit-ledger.append.gateway'],
    ['gateway', 'cmd.audit-ledger.append.run-orchestrator'],
    ['resource-store', 'cap.egress-proxy.network-http-fetch'],
    ['sre', 'cmd.run-orchestrator.cancel-run'],
    ['sre', 'cap.egress-proxy.network-http-fetch'],
    ['sre', 'audit.run.done.run_x'],
  ])('does not let %s publish on %s', async (user, subject) => {
    const connection = await as(user);
    const refusals = await refusalsOf(connection, () => connection.publish(subject, '{}'));
    expect(refusals).toEqual([expect.stringContaining(`Permissions Violation for Publish to "${subject}"`)]);
  });

  it.each<[NatsUser, string]>([
    ['gateway', 'cap.>'],
    ['gateway', '_INBOX.run-orchestrator.>'],
    ['egress-proxy', 'audit.>'],
    ['sre', 'cmd.>'],
  ])('does not let %s listen on %s', async (user, subject) => {
    const connection = await as(user);
    const refusals = await refusalsOf(connection, () => connection.subscribe(subject, { callback: () => {} }));
    expect(refusals).toEqual([expect.stringContaining(`Permissions Violation for Subscription to "${subject}"`)]);
  });

  it('lets nobody in without a password', async () => {
    await expect(connect({ servers: system.natsUrl, reconnect: false })).rejects.toThrow(/authorization/i);
    const wrong = { servers: system.natsUrl, user: 'sre', pass: 'wrong', reconnect: false };
    await expect(connect(wrong)).rejects.toThrow(/authorization/i);
  });
});
