import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { homePaths } from '../home.ts';
import { runningProcess } from '../process/pid-file.ts';
import { repositoryRoot } from '../repository.ts';
import { natsRefusal } from './login.ts';
import { provisionNats, stopNats, type NatsServer } from './provision-nats.ts';
import { NATS_USERS, natsPassword, type NatsUser } from './users.ts';
import { spreadPorts } from '../ports.ts';

const SUBJECTS = [
  'cmd.run-orchestrator.start-run',
  'qry.run-orchestrator.get-run',
  'cmd.run-orchestrator.announce-capabilities.egress-proxy',
  'cmd.run-orchestrator.announce-capabilities.resource-store',
  'cmd.run-orchestrator.announce-capabilities.gateway',
  'cap.egress-proxy.network-http-fetch',
  'cap.resource-store.resource-get',
  'cmd.egress-proxy.fetch',
  'cmd.run-orchestrator.execute-step',
  'cmd.run-orchestrator.execute-forwarded-step',
  'qry.run-orchestrator.check-credential',
  'cmd.egress-proxy.network-tunnel.listener-1',
  'cmd.resource-store.keep-result',
  'cmd.resource-store.put-chunk',
  'cmd.resource-store.keep-body',
  'cmd.resource-store.rebuild-projections',
  'qry.resource-store.get-resource',
  'qry.resource-store.read-body',
  'qry.audit-ledger.head',
  'cmd.audit-ledger.append.run-orchestrator',
  'cmd.audit-ledger.append.egress-proxy',
  'cmd.audit-ledger.append.resource-store',
  'cmd.audit-ledger.append.gateway',
  'out.egress-proxy.run.step',
  'audit.run.started.x',
  '$JS.API.STREAM.CREATE.AUDIT',
  '$JS.API.STREAM.DELETE.AUDIT',
  '$JS.API.STREAM.PURGE.AUDIT',
  '$JS.API.STREAM.INFO.AUDIT',
  '$SYS.REQ.SERVER.PING',
] as const;

/** Which of the subjects each user may publish on; all others have to be refused. */
const MAY_PUBLISH: { readonly [user in NatsUser]: readonly (typeof SUBJECTS)[number][] } = {
  gateway: [
    'cmd.run-orchestrator.start-run',
    'qry.run-orchestrator.get-run',
    'cmd.run-orchestrator.execute-step',
    'cmd.resource-store.rebuild-projections',
    'qry.resource-store.get-resource',
    'qry.resource-store.read-body',
    'qry.audit-ledger.head',
  ],
  'run-orchestrator': [
    'cap.egress-proxy.network-http-fetch',
    'cap.resource-store.resource-get',
    'cmd.resource-store.keep-result',
    'qry.audit-ledger.head',
    'cmd.audit-ledger.append.run-orchestrator',
  ],
  'egress-proxy': [
    'cmd.run-orchestrator.announce-capabilities.egress-proxy',
    'cmd.run-orchestrator.execute-forwarded-step',
    'qry.run-orchestrator.check-credential',
    'cmd.egress-proxy.network-tunnel.listener-1',
    'cmd.resource-store.put-chunk',
    'cmd.resource-store.keep-body',
    'qry.resource-store.read-body',
    'qry.audit-ledger.head',
    'cmd.audit-ledger.append.egress-proxy',
    'out.egress-proxy.run.step',
  ],
  'resource-store': [
    'cmd.run-orchestrator.announce-capabilities.resource-store',
    'cmd.egress-proxy.fetch',
    'qry.audit-ledger.head',
    'cmd.audit-ledger.append.resource-store',
  ],
  'audit-ledger': [
    'audit.run.started.x',
    '$JS.API.STREAM.CREATE.AUDIT',
    '$JS.API.STREAM.DELETE.AUDIT',
    '$JS.API.STREAM.PURGE.AUDIT',
    '$JS.API.STREAM.INFO.AUDIT',
  ],
  sre: ['qry.audit-ledger.head', '$JS.API.STREAM.INFO.AUDIT'],
};

const read = (path: string): string => readFileSync(path, 'utf8');

describe('the bus', () => {
  let home: string;
  let server: NatsServer;
  const connections: NatsConnection[] = [];

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'causeway-nats-'));
    spreadPorts(home);
    server = await provisionNats({ home, env: {} });
  }, 60_000);
  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
  });
  afterAll(async () => {
    await stopNats(home);
    rmSync(home, { recursive: true });
  });

  const as = async (user: NatsUser): Promise<NatsConnection> => {
    const pass = natsPassword(home, user);
    const connection = await connect({
      servers: server.url,
      user,
      pass,
      inboxPrefix: `_INBOX.${user}`,
      noAsyncTraces: true,
    });
    connections.push(connection);
    return connection;
  };

  /** Subjects the server refused to publish on or subscribe to while `attempt` ran. */
  const refusedDuring = async (connection: NatsConnection, attempt: () => void): Promise<string[]> => {
    const refused: string[] = [];
    const status = connection.status();
    void (async () => {
      for await (const event of status) {
        if (event.type === 'error') refused.push(/"([^"]+)"/.exec(event.error.message)?.[1] ?? event.error.message);
      }
    })();
    attempt();
    await connection.flush();
    await new Promise((resolve) => setImmediate(resolve));
    return refused;
  };

  it.each(NATS_USERS)('lets %s publish what is its own and nothing else', async (user) => {
    const connection = await as(user);
    const refused = await refusedDuring(connection, () => {
      for (const subject of SUBJECTS) connection.publish(subject, '{}');
    });
    const allowed = SUBJECTS.filter((subject) => !refused.includes(subject));
    expect(allowed).toEqual(MAY_PUBLISH[user]);
  });

  it.each(NATS_USERS)("lets %s listen to nobody else's requests or replies", async (user) => {
    const connection = await as(user);
    const others = NATS_USERS.filter((other) => other !== user).flatMap((other) => [
      `cmd.${other}.>`,
      `qry.${other}.>`,
      `_INBOX.${other}.>`,
    ]);
    const subjects = [...others, '>', '_INBOX.>', 'cap.>', '$JS.>'];
    const refused = await refusedDuring(connection, () => {
      for (const subject of subjects) connection.subscribe(subject, { callback: () => undefined });
    });
    expect(refused).toEqual(subjects);
  });

  it('lets the gateway alone hear the pieces of model answers', async () => {
    for (const user of NATS_USERS) {
      const connection = await as(user);
      const refused = await refusedDuring(connection, () => {
        connection.subscribe('out.egress-proxy.run.*', { callback: () => undefined });
      });
      expect(refused).toEqual(user === 'gateway' ? [] : ['out.egress-proxy.run.*']);
    }
  });

  it('lets egress-proxy hear of what makes it let go of calls, and of nothing else that happens', async () => {
    const heard = [
      ...['audit.kill.pulled.*', 'audit.run.cancelled.*', 'audit.session.revoked.*'],
      ...['audit.policy.activated.*', 'audit.policy.revoked.*'],
    ];
    const others = ['audit.>', 'audit.run.>', 'audit.*.cancelled.*', 'audit.approval.granted.*', 'audit.kill.lifted.*'];
    const connection = await as('egress-proxy');
    const refused = await refusedDuring(connection, () => {
      for (const subject of [...heard, ...others]) connection.subscribe(subject, { callback: () => undefined });
    });
    expect(refused).toEqual(others);
  });

  it('carries a request to its owner and the reply back, once', async () => {
    const [owner, asker] = [await as('run-orchestrator'), await as('gateway')];
    owner.subscribe('cmd.run-orchestrator.>', {
      callback: (_, message) => {
        message.respond('first');
        message.respond('second');
      },
    });
    await owner.flush();
    const replies: string[] = [];
    asker.subscribe('_INBOX.gateway.probe', { callback: (_, message) => void replies.push(message.string()) });
    asker.publish('cmd.run-orchestrator.start-run', '{}', { reply: '_INBOX.gateway.probe' });
    await asker.flush();
    await owner.flush();
    await asker.flush();
    expect(replies).toEqual(['first']);
  });

  it('lets sre watch live and read the stream, but not change it', async () => {
    const ledger = await as('audit-ledger');
    const manager = await jetstreamManager(ledger);
    await manager.streams.add({ name: 'AUDIT', subjects: ['audit.>'] });
    const sre = await as('sre');
    const live = sre.subscribe('audit.>', { max: 1 });
    await sre.flush();
    await jetstream(ledger).publish('audit.run.started.x', 'fact', { msgID: 'one' });
    for await (const message of live) expect(message.string()).toBe('fact');
    const reader = await jetstreamManager(sre);
    expect((await reader.streams.getMessage('AUDIT', { seq: 1 }))?.string()).toBe('fact');
    const refused = await refusedDuring(sre, () => sre.publish('$JS.API.STREAM.DELETE.AUDIT', ''));
    expect(refused).toEqual(['$JS.API.STREAM.DELETE.AUDIT']);
  });

  it('lets nobody in without a user, or with a wrong password', async () => {
    const refusals = await Promise.all([
      natsRefusal({ url: server.url, user: '', password: '' }),
      natsRefusal({ url: server.url, user: 'sre', password: 'wrong' }),
      natsRefusal({ url: server.url, user: 'sre', password: natsPassword(home, 'sre') }),
    ]);
    expect(refusals).toEqual(['Authorization Violation', 'Authorization Violation', undefined]);
  });

  it('is found again by a second provisioning, and keeps its port and its stream over a stop', async () => {
    expect((await provisionNats({ home, env: {} })).started).toBe(false);
    await server.stop();
    const again = await provisionNats({ home, env: {} });
    expect([again.started, again.url]).toEqual([true, server.url]);
    const names = await (await jetstreamManager(await as('audit-ledger'))).streams.names().next();
    expect(names).toEqual(['AUDIT']);
  });

  it('is refused by URL when the server does not know our users', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'causeway-nats-'));
    const refusal = provisionNats({ home: elsewhere, env: { CAUSEWAY_NATS_URL: server.url } });
    await expect(refusal).rejects.toThrow('user gateway cannot log in there: Authorization Violation');
    rmSync(elsewhere, { recursive: true });
  });

  it('takes a provider that is added as CONTRIBUTING.md says, who may do that and nothing else', async () => {
    const block = /^```\n(\{\n {2}user: weather\n.*?^\}\n)```/ms.exec(
      read(join(repositoryRoot, 'CONTRIBUTING.md')),
    )?.[1];
    const folder = homePaths(home).nats;
    const [config, secrets] = [join(folder, 'nats.conf'), join(folder, 'secrets.conf')];
    writeFileSync(config, read(config).replace(/ {2}\]\n\}\s*$/, `${block}  ]\n}\n`));
    writeFileSync(secrets, `${read(secrets)}weather_password: "sunny"\n`);
    process.kill(runningProcess(home, 'nats')!.pid, 'SIGHUP');
    const asked = { url: server.url, user: 'weather', password: 'sunny' };
    while ((await natsRefusal(asked)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    const connection = await connect({
      servers: server.url,
      user: 'weather',
      pass: 'sunny',
      inboxPrefix: '_INBOX.weather',
    });
    connections.push(connection);
    const own = 'cmd.run-orchestrator.announce-capabilities.weather';
    const refused = await refusedDuring(connection, () => {
      for (const subject of [...SUBJECTS, own]) connection.publish(subject, '{}');
    });
    expect(refused).toEqual(SUBJECTS);
    const unheard = await refusedDuring(connection, () => {
      for (const subject of ['cap.weather.>', 'cap.egress-proxy.>', 'audit.>', '_INBOX.gateway.>'])
        connection.subscribe(subject, { callback: () => undefined });
    });
    expect(unheard).toEqual(['cap.egress-proxy.>', 'audit.>', '_INBOX.gateway.>']);
  });
});
