import { httpFetch, type CapabilityContract, type JsonObject } from '@causeway/contracts';
import { fold, memoryLedger, type LedgerPort } from '@causeway/eventing';
import { grant, PAGE, reply, scriptedBus } from '../../test/provider.features.ts';
import * as example from '../../test/run.features.ts';
import { runDecider } from '../runs/domain/run.decide.ts';
import type { StepFate } from '../runs/domain/run.commands.ts';
import { stepOf } from '../runs/domain/run.ts';
import type { Lost } from './call-provider.ts';
import { recoverLostCall } from './recover.ts';
import type { Running } from './running.ts';

/** What a run has that says nothing of it. */
const MAX_ATTEMPTS = 3;
const READ: JsonObject = { method: 'GET', url: 'https://example.org/' };
const WRITE: JsonObject = { method: 'POST', url: 'https://example.org/' };
const NO_ANSWER: Lost = { state: 'lost', reachedNobody: false, detail: 'no answer' };
const LONG_AGO = grant({ deadlineAt: '2020-01-01T00:00:00.000Z' });

function running(input: JsonObject, attempts = 1): Running {
  const retries = Array.from({ length: attempts - 1 }, (_, index) => example.tryAgain('s1', index + 1));
  const run = fold(runDecider, example.history(example.start(), example.request('s1', { input }), ...retries));
  if (run.kind === 'none') throw new Error('the run was started');
  return {
    run,
    step: stepOf(run, 's1')!,
    capability: { ...(httpFetch as CapabilityContract), digest: 'd'.repeat(64) },
    input,
  };
}

async function ledgerWithFact(data = {}) {
  const ledger = memoryLedger();
  const fact = { id: '00000000-0000-4000-8000-000000000001', type: 'egress.completed', data };
  await ledger.append({ appendId: fact.id, writes: [{ stream: LONG_AGO.callId, expected: 'none', events: [fact] }] });
  return ledger;
}

describe('a call that was not answered', () => {
  it('is tried again when it does not write, up to the attempts that a step has', async () => {
    const parts = { bus: scriptedBus(), ledger: memoryLedger() };
    const lost = { end: NO_ANSWER, grant: LONG_AGO };
    expect(await recoverLostCall(parts, running(READ), lost)).toBe('try-again');
    expect(await recoverLostCall(parts, running(READ, MAX_ATTEMPTS - 1), lost)).toBe('try-again');
    expect(await recoverLostCall(parts, running(READ, MAX_ATTEMPTS), lost)).toMatchObject({
      state: 'failed',
      rejection: { code: 'CAPABILITY_UNAVAILABLE' },
    });
    expect(parts.bus.requests).toEqual([]);
  });

  it('is tried again when its result is gone, and ends with what is left of it when no attempt is left', async () => {
    const rest = { state: 'succeeded', result: { untrusted: true }, usage: { bytesIn: 1, bytesOut: 1, durationMs: 1 } };
    const lost = { end: { ...NO_ANSWER, rest: rest as StepFate }, grant: LONG_AGO };
    const parts = { bus: scriptedBus(), ledger: await ledgerWithFact() };
    expect(await recoverLostCall(parts, running(READ), lost)).toBe('try-again');
    expect(await recoverLostCall(parts, running(READ, MAX_ATTEMPTS), lost)).toBe(rest);
  });

  it('is charged with what its fact says, when it is not tried again', async () => {
    const parts = { bus: scriptedBus(), ledger: await ledgerWithFact({ bytesIn: 20, bytesOut: 10 }) };
    const lost = { end: NO_ANSWER, grant: LONG_AGO };
    expect(await recoverLostCall(parts, running(READ, MAX_ATTEMPTS), lost)).toMatchObject({
      ...{ state: 'failed', usage: { bytesIn: 20, bytesOut: 10 } },
    });
  });

  it('failed when it reached nobody, whatever it would have done', async () => {
    const lost = { end: { ...NO_ANSWER, reachedNobody: true }, grant: LONG_AGO };
    for (const input of [READ, WRITE]) {
      expect(await recoverLostCall({ bus: scriptedBus(), ledger: memoryLedger() }, running(input), lost)).toMatchObject(
        {
          state: 'failed',
          rejection: { code: 'CAPABILITY_UNAVAILABLE' },
        },
      );
    }
  });

  it('that writes and left no fact is unknown, and is never made again', async () => {
    const bus = scriptedBus();
    const lost = { end: NO_ANSWER, grant: LONG_AGO };
    expect(await recoverLostCall({ bus, ledger: memoryLedger() }, running(WRITE), lost)).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining(LONG_AGO.deadlineAt),
    });
    expect(bus.requests).toEqual([]);
  });

  it('that writes and left a fact is what its provider says of that fact, asked under the same call id', async () => {
    const bus = scriptedBus(reply({ factPosition: 0 }));
    const lost = { end: NO_ANSWER, grant: LONG_AGO };
    expect(await recoverLostCall({ bus, ledger: await ledgerWithFact() }, running(WRITE), lost)).toMatchObject({
      state: 'succeeded',
      result: { value: PAGE },
      factPosition: 0,
    });
    expect(bus.requests).toMatchObject([{ contract: httpFetch.call, meta: { id: LONG_AGO.callId } }]);
  });

  it.each([
    ['does not answer', { ok: false, rejection: { code: 'SERVICE_UNAVAILABLE', detail: 'no answer' } }],
    ['fails over it', { ok: false, rejection: { code: 'INTERNAL', detail: 'a bug' } }],
    ['answers nonsense', { ok: true, value: 1 }],
  ])('that writes and left a fact is unknown when its provider %s', async (_what, answer) => {
    const parts = { bus: scriptedBus(answer), ledger: await ledgerWithFact() };
    expect(await recoverLostCall(parts, running(WRITE), { end: NO_ANSWER, grant: LONG_AGO })).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining(LONG_AGO.callId),
    });
  });

  it('waits for a fact as long as one can still come', async () => {
    const inner = memoryLedger();
    const soon = grant({ deadlineAt: new Date().toISOString() });
    const event = { id: '00000000-0000-4000-8000-000000000002', type: 'egress.completed', data: {} };
    const writes = [{ stream: soon.callId, expected: 'any' as const, events: [event] }];
    const ledger: LedgerPort = {
      ...inner,
      readStream: async (stream, fromVersion) => {
        const facts = await inner.readStream(stream, fromVersion);
        await inner.append({ appendId: event.id, writes });
        return facts;
      },
    };
    const lost = { end: NO_ANSWER, grant: soon };
    const recovered = recoverLostCall({ bus: scriptedBus(reply()), ledger }, running(WRITE), lost);
    expect(await recovered).toMatchObject({ state: 'succeeded' });
  });

  it('is not decided while the ledger cannot be read', async () => {
    const ledger = { ...memoryLedger(), readStream: () => Promise.reject(new Error('unreachable')) };
    const lost = { end: NO_ANSWER, grant: LONG_AGO };
    await expect(recoverLostCall({ bus: scriptedBus(), ledger }, running(WRITE), lost)).rejects.toThrow('unreachable');
  });
});
