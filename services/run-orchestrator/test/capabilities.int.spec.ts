import {
  announceBy,
  announcementOf,
  callData,
  callReply,
  executeStep,
  grantApproval,
  httpFetch,
  Json,
  JsonObject,
  listCapabilities,
  subjectOf,
  type AnnouncedCapability,
  type CapabilityChanges,
  type CapabilityContract,
  type CapabilityList,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { ok, type Bus } from '@causeway/messaging';
import { echo } from './capability.features.ts';
import {
  AGENT,
  APPROVER,
  newId,
  OPERATOR,
  PUBLISH,
  startSystem,
  valueOf,
  type Started,
  type System,
} from './system.features.ts';

/** The service that provides what the tests announce. */
const PROVIDER = 'resource-store';
let system: System;
let bus: Bus;
beforeAll(async () => {
  system = await startSystem();
  bus = system.buses.resourceStore;
  bus.serve(
    {
      ...{ kind: 'capability', owner: PROVIDER, name: 'x.echo', rejections: [] },
      subject: subjectOf({ kind: 'capability', owner: PROVIDER, capability: 'x.echo' }),
      data: callData(JsonObject),
      reply: callReply(Json),
    },
    async ({ data: { input } }) =>
      ok({ result: { said: `${String(input['text'])} x${String(input['times'])}` }, bytesIn: 0, bytesOut: 0 }),
  );
  await bus.connection.flush();
});
afterAll(() => system.stop());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);
const announce = (capabilities: readonly AnnouncedCapability[], as = { bus, owner: PROVIDER }) => {
  const meta = { id: newId('call'), actor: { kind: 'system' as const, id: as.owner } };
  return as.bus.request(announceBy(as.owner), { capabilities: [...capabilities] }, meta, { timeoutMs: 20_000 });
};
const say = ({ runId, sessionId }: Started, stepId: string, input: object, capability = 'x.echo') =>
  system.ask(executeStep, { runId, sessionId, stepId, capability, input: { ...input } as JsonObject }, AGENT);
const listed = async () => valueOf(await system.ask(listCapabilities, {}, AGENT)) as CapabilityList;
const changesSince = async (since: number) =>
  valueOf(await system.ask(listCapabilities, { since }, AGENT)) as CapabilityChanges;

describe('a capability of a provider that is none of ours', () => {
  it('is there from its announcement to its removal, and as it says itself', async () => {
    const run = await system.run();
    const before = (await listed()).version;
    expect(codeOf(await say(run, 's1', { text: 'hi' }))).toBe('CAPABILITY_UNKNOWN');

    const { version } = valueOf(await announce([echo()]));
    expect(valueOf(await say(run, 's1', { text: 'hi' }))).toMatchObject({
      ...{ state: 'succeeded', rule: 'echo', result: { value: { said: 'hi x1' }, untrusted: false } },
    });
    const added = await changesSince(before);
    expect(added).toMatchObject({ version, added: [{ id: 'x.echo', owner: PROVIDER }], changed: [], removed: [] });
    expect((await listed()).capabilities.map(({ id }) => id)).toEqual(['network.http-fetch', 'x.echo']);

    const inputSchema = { type: 'object', properties: { text: { type: 'string', maxLength: 2 } }, required: ['text'] };
    const changed = valueOf(await announce([echo({ version: '2', inputSchema })]));
    expect(changed.version).toBeGreaterThan(version);
    expect(await changesSince(version)).toMatchObject({
      added: [],
      changed: [{ id: 'x.echo', version: '2' }],
      removed: [],
    });
    expect(codeOf(await say(run, 's2', { text: 'hello' }))).toBe('CAPABILITY_INPUT_INVALID');
    expect(valueOf(await say(run, 's1', { text: 'hi' })).state).toBe('succeeded');

    const removed = valueOf(await announce([]));
    expect(await changesSince(changed.version)).toEqual({
      ...{ version: removed.version, since: changed.version, added: [], changed: [], removed: ['x.echo'], more: false },
    });
    expect(codeOf(await say(run, 's3', { text: 'hi' }))).toBe('CAPABILITY_UNKNOWN');
    expect(valueOf(await say(run, 's1', { text: 'hi' })).state).toBe('succeeded');
    expect(codeOf(await say(run, 's1', { text: 'ho' }))).toBe('CAPABILITY_UNKNOWN');
    expect(await changesSince(removed.version)).toMatchObject({ version: removed.version, removed: [] });
  });

  it('takes no input that lacks something, tells exactly what, and charges nothing', async () => {
    valueOf(await announce([echo()]));
    const run = await system.run();
    const refused = await say(run, 's1', { times: 2 });
    expect(refused).toMatchObject({
      ok: false,
      rejection: {
        ...{ code: 'CAPABILITY_INPUT_INVALID', facts: { missing: ['text'] } },
        errors: [{ path: 'input.text', message: 'is missing' }],
      },
    });
    expect((await system.eventsOf(run.runId)).map(({ type }) => type)).toEqual(['run.started']);
  });

  it('is denied as long as no rule speaks of it', async () => {
    valueOf(await announce([echo(), echo({ id: 'x.shout' })]));
    const denied = valueOf(await say(await system.run(), 's1', { text: 'hi' }, 'x.shout'));
    expect(denied).toMatchObject({ state: 'denied', rejection: { code: 'POLICY_DENIED', rule: 'default-deny' } });
  });

  it('is announced once, though many replicas do it at the same time', async () => {
    valueOf(await announce([]));
    const since = (await listed()).version;
    const answers = await Promise.all(Array.from({ length: 8 }, () => announce([echo()])));
    expect(answers.map(codeOf)).toEqual(Array.from({ length: 8 }, () => 'accepted'));
    const { added } = await changesSince(since);
    const types = (await system.eventsOf(system.streamOfCapability('x.echo'))).map(({ type }) => type);
    expect(added).toHaveLength(1);
    expect(types.slice(-2)).toEqual(['capability.removed', 'capability.announced']);
  });
});

describe('an announcement', () => {
  it('is taken from the provider itself, and only of what is its own', async () => {
    valueOf(await announce([echo()]));
    const egress = { bus: system.buses.egressProxy, owner: 'egress-proxy' };
    const own = announcementOf(httpFetch as CapabilityContract);
    expect(codeOf(await announce([own, echo()], egress))).toBe('CAPABILITY_NOT_OWNED');
    expect(codeOf(await announce([own]))).toBe('CAPABILITY_NOT_OWNED');
    for (const as of [
      { bus, owner: 'egress-proxy' },
      { bus: system.buses.gateway, owner: PROVIDER },
    ]) {
      expect(codeOf(await announce([echo()], as))).toBe('SERVICE_UNAVAILABLE');
    }
  });

  it('is refused as a whole when a part of it cannot be enforced', async () => {
    valueOf(await announce([]));
    const inputSchema = { type: 'object', requierd: ['text'] };
    const refused = await announce([echo({ id: 'x.good' }), echo({ inputSchema })]);
    expect(refused).toMatchObject({
      rejection: { code: 'CAPABILITY_DESCRIPTOR_INVALID', errors: [{ path: 'x.echo.inputSchema' }] },
    });
    expect((await listed()).capabilities.map(({ id }) => id)).toEqual(['network.http-fetch']);
  });
});

describe('an approval', () => {
  it('is void once the capability that it was asked for has changed', async () => {
    const run = await system.run();
    const held = await system.step(run, 's1', PUBLISH);
    const { approvalId, digest, content } = await system.approval(held);
    const { statement } = content;
    const own = announcementOf(httpFetch as CapabilityContract);
    const egress = { bus: system.buses.egressProxy, owner: 'egress-proxy' };
    valueOf(await announce([{ ...own, version: '2' }], egress));
    valueOf(await system.ask(grantApproval, { approvalId, digest, reason: 'seen', statement }, APPROVER));
    const outcome = await system.outcome(run, 's1');
    expect(outcome).toMatchObject({ state: 'denied', rejection: { code: 'APPROVAL_CAPABILITY_CHANGED' } });
    expect(system.provider.callsOf('s1')).toEqual([]);
    valueOf(await announce([own], egress));
    expect(valueOf(await system.ask(listCapabilities, {}, OPERATOR))).toMatchObject({
      capabilities: [{ version: '1' }],
    });
  });
});
