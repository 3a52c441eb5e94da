import * as contracts from '@causeway/contracts';
import {
  announceBy,
  appendAllBy,
  appendBy,
  CAPABILITIES,
  EVENT_CONTRACTS,
  rebuildProjectionsOf,
  subjectOf,
  type MessageContract,
} from '@causeway/contracts';
import { connectBus, type Bus } from '../src/index.ts';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';

const USERS = ['gateway', 'run-orchestrator', 'egress-proxy', 'resource-store', 'audit-ledger', 'sre'] as const;
type User = (typeof USERS)[number];

const isMessage = (value: unknown): value is MessageContract =>
  typeof value === 'object' && value !== null && 'subject' in value && 'reply' in value;
// The ledger writes its own events without a bus between.
const WRITERS = [...new Set([...EVENT_CONTRACTS.values()].map(({ owner }) => owner))].filter(
  (owner) => owner !== 'audit-ledger',
);
const OF_THE_LEDGER = ['erase', 'archive-range', 'restore-range', 'add-signing-key', 'retire-signing-key'].map(
  (name) => `cmd.audit-ledger.${name}`,
);
const PROVIDERS = [...new Set([...CAPABILITIES.values()].map(({ owner }) => owner))];
const REBUILT = ['run-orchestrator', 'resource-store'];

/** Every message there is. */
const MESSAGES: readonly MessageContract[] = [
  ...Object.values(contracts as Record<string, unknown>)
    .filter(isMessage)
    .filter(({ subject }) => !subject.includes('*')),
  ...[...CAPABILITIES.values()].map(({ call }) => call as MessageContract),
  ...WRITERS.flatMap((writer) => [appendBy(writer), appendAllBy(writer)] as MessageContract[]),
  ...PROVIDERS.map((provider) => announceBy(provider) as MessageContract),
  ...REBUILT.map((owner) => rebuildProjectionsOf(owner) as MessageContract),
];

const appendsOf = (writer: string): string[] => [appendBy(writer).subject, appendAllBy(writer).subject];

/** Who has business asking what. deploy/nats/nats.conf must allow this and nothing else. */
const OUT_OF_PROXIES = ['cmd.run-orchestrator.execute-forwarded-step', 'qry.run-orchestrator.check-credential'];
const LARGE_BODIES = ['cmd.resource-store.put-chunk', 'cmd.resource-store.keep-body', 'qry.resource-store.read-body'];
const MAY_ASK: Readonly<Record<User, (message: MessageContract) => boolean>> = {
  gateway: ({ kind, owner, subject, name }) =>
    !OUT_OF_PROXIES.includes(subject) &&
    ((owner === 'run-orchestrator' && kind !== 'capability' && name !== 'announce-capabilities') ||
      kind === 'query' ||
      [...OF_THE_LEDGER, 'cmd.resource-store.rebuild-projections'].includes(subject)),
  'run-orchestrator': ({ kind, owner, subject }) =>
    kind === 'capability' ||
    (kind === 'query' && owner === 'audit-ledger') ||
    [...appendsOf('run-orchestrator'), 'cmd.resource-store.keep-result'].includes(subject),
  'egress-proxy': ({ kind, owner, subject }) =>
    (kind === 'query' && owner === 'audit-ledger') ||
    [...appendsOf('egress-proxy'), announceBy('egress-proxy').subject, ...OUT_OF_PROXIES, ...LARGE_BODIES].includes(
      subject,
    ),
  'resource-store': ({ kind, owner, subject }) =>
    (kind === 'query' && owner === 'audit-ledger') ||
    [...appendsOf('resource-store'), announceBy('resource-store').subject, 'cmd.egress-proxy.fetch'].includes(subject),
  'audit-ledger': () => false,
  sre: ({ kind, owner }) => kind === 'query' && owner === 'audit-ledger',
};
const FOLLOWERS: readonly User[] = ['gateway', 'run-orchestrator', 'resource-store', 'sre'];

let infra: TestInfrastructure;
const buses = new Map<User, Bus>();
const violations = new Map<User, Set<string>>();

beforeAll(async () => {
  infra = await testInfrastructure();
  for (const user of USERS) {
    const refused = new Set<string>();
    violations.set(user, refused);
    const error = ({ err }: { err?: { operation?: string; subject?: string } }) =>
      void refused.add(`${err?.operation} ${err?.subject}`);
    buses.set(user, await infra.connect(user, { info: () => {}, warn: () => {}, error }));
  }
});
afterAll(() => infra.stop());

/** The subjects out of these that the server lets the user publish. */
async function publishable(user: User, subjects: readonly string[]): Promise<string[]> {
  const { connection } = buses.get(user)!;
  for (const subject of subjects) connection.publish(subject, '');
  await connection.flush();
  await new Promise((resolve) => setImmediate(resolve));
  return subjects.filter((subject) => !violations.get(user)!.has(`publish ${subject}`));
}

async function subscribable(user: User, subjects: readonly string[]): Promise<string[]> {
  const bus = buses.get(user)!;
  const subscriptions = subjects.map((subject) => bus.subscribe(subject, () => {}));
  await bus.connection.flush();
  await new Promise((resolve) => setImmediate(resolve));
  for (const subscription of subscriptions) subscription.unsubscribe();
  return subjects.filter((subject) => !violations.get(user)!.has(`subscription ${subject}`));
}

describe('the catalogue of messages', () => {
  it('has commands, queries, capability calls and appends, each on a subject of its own', () => {
    const subjects = MESSAGES.map(({ subject }) => subject);
    expect(new Set(subjects).size).toBe(subjects.length);
    for (const prefix of [
      'cmd.run-orchestrator.',
      'qry.audit-ledger.',
      'cap.egress-proxy.',
      'cmd.audit-ledger.append.',
    ]) {
      expect(subjects.some((subject) => subject.startsWith(prefix))).toBe(true);
    }
  });
});

describe.each(USERS)('the bus user %s', (user) => {
  it('may ask exactly what it has business asking', async () => {
    const expected = MESSAGES.filter(MAY_ASK[user]).map(({ subject }) => subject);
    expect(
      await publishable(
        user,
        MESSAGES.map(({ subject }) => subject),
      ),
    ).toEqual(expected);
  });

  it('may listen to exactly the requests that it owns', async () => {
    const expected = MESSAGES.filter(({ owner }) => owner === user).map(({ subject }) => subject);
    expect(
      await subscribable(
        user,
        MESSAGES.map(({ subject }) => subject),
      ),
    ).toEqual(expected);
  });

  it(`may ${user === 'audit-ledger' ? '' : 'not '}publish what happened`, async () => {
    const subjects = [...EVENT_CONTRACTS.keys()].map((type) => subjectOf({ kind: 'audit', type, scope: 'run_1' }));
    expect(await publishable(user, subjects)).toEqual(user === 'audit-ledger' ? subjects : []);
  });

  it(`may ${FOLLOWERS.includes(user) ? '' : 'not '}follow what happens`, async () => {
    expect(await subscribable(user, ['audit.>'])).toEqual(FOLLOWERS.includes(user) ? ['audit.>'] : []);
  });

  it('reads no inbox but its own, and never the whole bus', async () => {
    const inboxes = USERS.map((owner) => `_INBOX.${owner}.>`);
    expect(await subscribable(user, [...inboxes, '>', '_INBOX.>', 'cmd.>', '$SYS.>'])).toEqual([`_INBOX.${user}.>`]);
  });

  it('writes no inbox and no subject that nobody owns', async () => {
    expect(
      await publishable(user, [
        '_INBOX.gateway.x',
        '_INBOX.sre.x',
        'anything',
        'cmd.nobody.anything',
        '$SYS.REQ.SERVER.PING',
      ]),
    ).toEqual([]);
  });

  it(`may ${user === 'audit-ledger' ? '' : 'not '}change the stored stream`, async () => {
    const changes = ['CREATE', 'UPDATE', 'DELETE', 'PURGE'].map((verb) => `$JS.API.STREAM.${verb}.AUDIT`);
    expect(await publishable(user, changes)).toEqual(user === 'audit-ledger' ? changes : []);
  });
});

describe('a stranger', () => {
  it('does not get in, with a wrong password or none', async () => {
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const as = (user: string, password: string) =>
      connectBus({ url: infra.nats.url, user, password, name: 'stranger', log });
    await expect(as('gateway', 'wrong')).rejects.toThrow(/authorization/i);
    await expect(as('', '')).rejects.toThrow(/authorization/i);
  });
});
