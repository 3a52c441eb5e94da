import { errors } from '@nats-io/transport-node';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import type { Bus } from './bus.ts';
import { createRequests, type Requests } from './requests.ts';

const SUBJECT = 'qry.run-orchestrator.echo';

let infra: TestInfrastructure;
let owner: Bus;
let caller: Bus;
let requests: Requests;
beforeAll(async () => {
  infra = await testInfrastructure();
  owner = await infra.connect('run-orchestrator');
});
afterAll(() => infra.stop());
beforeEach(async () => {
  caller = await infra.connect('gateway');
  requests = createRequests(caller.connection, '_INBOX.gateway');
});
afterEach(() => caller.connection.close());

const failureOf = (pending: Promise<unknown>): Promise<Error> =>
  pending.then(
    () => {
      throw new Error('it was answered');
    },
    (error: Error) => error,
  );

describe('a request over the inbox of a connection', () => {
  it('gets its own answer, whatever the order of the answers', async () => {
    const asked: { respond: (text: string) => void; text: string }[] = [];
    const all = Promise.withResolvers<void>();
    const serving = owner.connection.subscribe(SUBJECT, {
      callback: (_error, message) => {
        asked.push({ respond: (text) => void message.respond(text), text: message.string() });
        if (asked.length === 3) all.resolve();
      },
    });
    await owner.connection.flush();
    const answers = ['one', 'two', 'three'].map((text) => requests.send(SUBJECT, text, 5_000));
    await all.promise;
    for (const { respond, text } of asked.toReversed()) respond(`${text}!`);
    const texts = (await Promise.all(answers)).map((message) => message.string());
    expect(texts).toEqual(['one!', 'two!', 'three!']);
    serving.unsubscribe();
    await owner.connection.flush();
  });

  it('takes an empty answer for an answer', async () => {
    const serving = owner.connection.subscribe(SUBJECT, { callback: (_error, message) => void message.respond() });
    await owner.connection.flush();
    expect((await requests.send(SUBJECT, '', 5_000)).data).toHaveLength(0);
    serving.unsubscribe();
    await owner.connection.flush();
  });

  it('is told when nobody listens', async () => {
    const failure = await failureOf(requests.send(SUBJECT, '', 5_000));
    expect(failure).toBeInstanceOf(errors.RequestError);
    expect((failure as InstanceType<typeof errors.RequestError>).isNoResponders()).toBe(true);
  });

  it('is told when its time is over, and a late answer is nobody else’s', async () => {
    const late = Promise.withResolvers<() => void>();
    const serving = owner.connection.subscribe(SUBJECT, {
      callback: (_error, message) =>
        message.string() === 'slow' ? late.resolve(() => void message.respond('late')) : void message.respond('quick'),
    });
    await owner.connection.flush();
    expect(await failureOf(requests.send(SUBJECT, 'slow', 20))).toBeInstanceOf(errors.TimeoutError);
    const answerLate = await late.promise;
    const quick = requests.send(SUBJECT, 'quick', 5_000);
    answerLate();
    expect((await quick).string()).toBe('quick');
    serving.unsubscribe();
    await owner.connection.flush();
  });

  it('is told when the server forbids it, and others are not', async () => {
    const forbidden = 'cmd.audit-ledger.append.gateway';
    void (async () => {
      for await (const status of caller.connection.status())
        if (status.type === 'error' && status.error instanceof errors.PermissionViolationError)
          requests.forbid(status.error);
    })();
    const serving = owner.connection.subscribe(SUBJECT, {
      callback: (_error, message) => void message.respond('fine'),
    });
    await owner.connection.flush();
    const refused = failureOf(requests.send(forbidden, '', 5_000));
    expect((await requests.send(SUBJECT, '', 5_000)).string()).toBe('fine');
    expect((await refused).cause).toBeInstanceOf(errors.PermissionViolationError);
    serving.unsubscribe();
    await owner.connection.flush();
  });

  it('is told when the connection is closed', async () => {
    const serving = owner.connection.subscribe(SUBJECT, { callback: () => {} });
    await owner.connection.flush();
    const failure = failureOf(requests.send(SUBJECT, '', 60_000));
    await caller.connection.flush();
    await caller.connection.close();
    expect((await failure).cause).toBeInstanceOf(errors.ClosedConnectionError);
    serving.unsubscribe();
    await owner.connection.flush();
  });
});
