import { httpFetch, keepResult, listResources, type CapabilityContract, type JsonObject } from '@causeway/contracts';
import type { RequestOptions } from '@causeway/messaging';
import { grant, PAGE, reply, scriptedBus } from '../../test/provider.features.ts';
import { resultIdOf } from '../edge.ts';
import { askAboutCall, callProvider } from './call-provider.ts';

const fetching = httpFetch as CapabilityContract;
const READ: JsonObject = { method: 'GET', url: 'https://example.org/' };
const WRITE: JsonObject = { method: 'POST', url: 'https://example.org/' };
const call = (input: JsonObject, capability = fetching) => ({ capability, grant: grant(), input });
const rejection = (code: string, facts?: JsonObject) => ({
  ok: false,
  rejection: { code, detail: `says ${code}`, ...(facts ? { facts } : {}) },
});

describe('calling a provider', () => {
  it('passes the grant and the input, as the agent, and takes the result in line', async () => {
    const bus = scriptedBus(reply({ factPosition: 7 }));
    const end = await callProvider(bus, call(READ));
    expect(end).toMatchObject({
      state: 'succeeded',
      result: { value: PAGE, untrusted: true },
      usage: { bytesIn: 20, bytesOut: 10 },
      factPosition: 7,
    });
    expect(bus.requests).toMatchObject([
      {
        contract: fetching.call,
        data: { grant: grant(), input: READ },
        meta: { id: grant().callId, actor: { kind: 'agent', id: 'researcher' } },
      },
    ]);
  });

  it('sends what only reads again while no answer comes, and what writes once', async () => {
    const sent = async (input: JsonObject): Promise<RequestOptions | undefined> => {
      const bus = scriptedBus(reply());
      await callProvider(bus, call(input));
      return bus.requests[0]?.options;
    };
    expect(await sent(READ)).toMatchObject({ attemptMs: 3_000 });
    expect((await sent(READ))?.send).toBeUndefined();
    expect(await sent(WRITE)).toMatchObject({ send: 'once' });
    expect((await sent(WRITE))?.attemptMs).toBeUndefined();
  });

  it('stops waiting soon after the deadline of the grant', async () => {
    const bus = scriptedBus(reply());
    await callProvider(bus, { ...call(READ), grant: grant({ deadlineAt: '2020-01-01T00:00:00.000Z' }) });
    expect(bus.requests[0]?.options?.timeoutMs).toBeLessThan(1_000);
  });

  it('fails when the answer does not count as success, and keeps what was answered', async () => {
    const result = { ...PAGE, status: 404 };
    expect(await callProvider(scriptedBus(reply({ result })), call(READ))).toMatchObject({
      state: 'failed',
      rejection: { code: 'UPSTREAM_REFUSED', detail: 'the destination answered with status 404' },
      result: { value: result, untrusted: true },
    });
  });

  it('takes a refusal of the contract for what it is, with the bytes that it cost', async () => {
    const bus = scriptedBus(rejection('UPSTREAM_TIMEOUT', { bytesIn: 5, bytesOut: 6 }));
    expect(await callProvider(bus, call(WRITE))).toMatchObject({
      state: 'failed',
      rejection: { code: 'UPSTREAM_TIMEOUT', detail: 'says UPSTREAM_TIMEOUT' },
      usage: { bytesIn: 5, bytesOut: 6 },
    });
  });

  it('does not believe byte counts that are none', async () => {
    const bus = scriptedBus(rejection('UPSTREAM_TIMEOUT', { bytesIn: -5, bytesOut: 'many' }));
    expect(await callProvider(bus, call(READ))).toMatchObject({ usage: { bytesIn: 0, bytesOut: 0 } });
  });

  it('does not know what became of a call that nobody answered', async () => {
    const lost = scriptedBus(rejection('SERVICE_UNAVAILABLE', { reachedNobody: false }));
    expect(await callProvider(lost, call(READ))).toMatchObject({ state: 'lost', reachedNobody: false });
    const nobody = scriptedBus(rejection('SERVICE_UNAVAILABLE', { reachedNobody: true }));
    expect(await callProvider(nobody, call(WRITE))).toMatchObject({ state: 'lost', reachedNobody: true });
  });

  it('takes the provider at its word that it does not know either', async () => {
    expect(await callProvider(scriptedBus(rejection('STEP_OUTCOME_UNKNOWN')), call(WRITE))).toEqual({
      state: 'unknown',
      reason: 'says STEP_OUTCOME_UNKNOWN',
    });
  });

  it.each(['INTERNAL', 'LEDGER_UNAVAILABLE', 'LEDGER_BUSY'])(
    'does not take %s for the end of a call that writes: it may have taken effect',
    async (code) => {
      expect(await callProvider(scriptedBus(rejection(code)), call(WRITE))).toMatchObject({
        state: 'lost',
        reachedNobody: false,
      });
      expect(await callProvider(scriptedBus(rejection(code)), call(READ))).toMatchObject({
        state: 'failed',
        rejection: { code },
      });
    },
  );

  it.each([
    ['nothing', null],
    ['a text', 'hello'],
    ['no envelope', {}],
    ['a value without its shape', { ok: true, value: { result: { status: 'fine' }, bytesIn: 1, bytesOut: 1 } }],
    ['no value', { ok: true }],
    ['negative bytes', { ok: true, value: { result: PAGE, bytesIn: -1, bytesOut: 1 } }],
    ['a refusal without words', { ok: false, rejection: { code: 'UPSTREAM_TIMEOUT' } }],
    ['a refusal by an unknown name', rejection('NO_SUCH_CODE')],
    ['a refusal that cannot be sealed', { ok: false, rejection: { code: 'UPSTREAM_TIMEOUT', detail: '\ud800' } }],
    ['no refusal', { ok: false }],
  ])('takes %s for no answer: a read has failed, what became of a write is not known', async (_what, answer) => {
    expect(await callProvider(scriptedBus(answer), call(READ))).toMatchObject({
      state: 'failed',
      rejection: { code: 'CAPABILITY_UNAVAILABLE' },
    });
    expect(await callProvider(scriptedBus(answer), call(WRITE))).toMatchObject({ state: 'lost', reachedNobody: false });
  });

  it('asks about a call that is recorded until an answer comes, also one that writes', async () => {
    const bus = scriptedBus(reply());
    await askAboutCall(bus, { ...call(WRITE), grant: grant({ deadlineAt: '2020-01-01T00:00:00.000Z' }) });
    expect(bus.requests[0]?.options).toEqual({ timeoutMs: 10_000, attemptMs: 3_000 });
  });
});

describe('the result of a call', () => {
  const large = { ...PAGE, body: 'x'.repeat(20_000) };
  const kept = { ok: true, value: {} };

  it('is kept as a resource when it is large, under an id that the call determines', async () => {
    const bus = scriptedBus(reply({ result: large }), kept);
    expect(await callProvider(bus, call(READ))).toMatchObject({
      state: 'succeeded',
      result: { resourceId: resultIdOf(grant().callId), untrusted: true },
    });
    const { sessionId, runId, stepId } = grant();
    expect(bus.requests[1]).toMatchObject({
      contract: keepResult,
      data: {
        resourceId: resultIdOf(grant().callId),
        sessionId,
        runId,
        stepId,
        json: JSON.stringify(large),
        untrusted: true,
      },
    });
  });

  it('is kept as a resource when the ledger would not seal it', async () => {
    const bus = scriptedBus(reply({ result: { ...PAGE, body: 'half \ud800' } }), kept);
    expect(await callProvider(bus, call(READ))).toMatchObject({ state: 'succeeded', result: { resourceId: /^res_/ } });
  });

  it('that cannot be kept fails a read, and leaves a write succeeded without it', async () => {
    const answers = [reply({ result: large }), rejection('RESOURCE_TOO_LARGE')];
    expect(await callProvider(scriptedBus(...answers), call(READ))).toMatchObject({
      state: 'failed',
      rejection: { code: 'RESOURCE_TOO_LARGE', detail: 'the result could not be kept: says RESOURCE_TOO_LARGE' },
    });
    const written = await callProvider(scriptedBus(...answers), call(WRITE));
    expect(written).toMatchObject({ state: 'succeeded', result: { untrusted: true } });
    expect(written).not.toHaveProperty('result.value');
  });

  it('of a capability that adds no text from outside is not marked untrusted', async () => {
    const listing = listResources as CapabilityContract;
    const bus = scriptedBus({ ok: true, value: { result: { resources: [] }, bytesIn: 0, bytesOut: 0 } });
    expect(await callProvider(bus, call({}, listing))).toMatchObject({
      state: 'succeeded',
      result: { value: { resources: [] }, untrusted: false },
    });
  });
});
