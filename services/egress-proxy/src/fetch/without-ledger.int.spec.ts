import { memoryLedger, type LedgerPort } from '@causeway/eventing';
import { callOf } from '../../test/calls.ts';
import { closeAll, codeOf, factOf, site } from '../../test/sites.ts';

afterEach(closeAll);

describe('without the ledger', () => {
  const broken = (ledger: LedgerPort, when: { reads?: boolean; appends?: boolean }): LedgerPort => ({
    ...ledger,
    readStream: (...args) => (when.reads ? Promise.reject(new Error('unreachable')) : ledger.readStream(...args)),
    append: (...args) => (when.appends ? Promise.reject(new Error('unreachable')) : ledger.append(...args)),
  });

  it('nothing is sent', async () => {
    const ledger = broken(memoryLedger(), { reads: true });
    const { server, url, policy, calls } = await site((_request, response) => response.end(), { ledger });
    expect(codeOf(await calls.make(callOf(policy, { url })))).toBe('EGRESS_LEDGER_UNREACHABLE');
    expect(server.seen).toHaveLength(0);
  });

  it('an answer that cannot be recorded is not given; once it can, it is, and nothing is sent twice', async () => {
    const when = { appends: true };
    const ledger = broken(memoryLedger(), when);
    const { server, url, policy, calls, world } = await site((_request, response) => response.end('x'), { ledger });
    const call = callOf(policy, { url });
    expect(await calls.make(call)).toMatchObject({ ok: false, rejection: { code: 'EGRESS_LEDGER_UNREACHABLE' } });
    when.appends = false;
    expect(await calls.make(call)).toMatchObject({ ok: true, value: { result: { body: 'x' } } });
    expect(server.seen).toHaveLength(1);
    expect(await factOf(world, call)).toMatchObject({ type: 'egress.completed' });
  });

  it('a POST that was sent but cannot be recorded has an unknown outcome', async () => {
    const ledger = broken(memoryLedger(), { appends: true });
    const { server, url, policy, calls } = await site((_request, response) => response.end('x'), { ledger });
    expect(codeOf(await calls.make(callOf(policy, { url, method: 'POST', body: 'x' })))).toBe('STEP_OUTCOME_UNKNOWN');
    expect(server.seen).toHaveLength(1);
  });

  it('a conflict that cannot be explained gives no answer', async () => {
    const ledger: LedgerPort = { ...memoryLedger(), append: async () => ({ appended: false, conflict: 'moved on' }) };
    const { url, policy, calls } = await site((_request, response) => response.end('x'), { ledger });
    expect(codeOf(await calls.make(callOf(policy, { url })))).toBe('EGRESS_LEDGER_UNREACHABLE');
  });

  it('a call that another replica recorded first is answered from that fact', async () => {
    const rival = memoryLedger({
      beforeAppend: async (request) => {
        if (request.appendId === 'rival') return;
        const events = request.writes[0]!.events.map((event) => ({
          ...event,
          id: 'rival',
          data: { ...(event.data as object), status: 201 },
        }));
        await rival.append({ appendId: 'rival', writes: [{ ...request.writes[0]!, events }] });
      },
    });
    const { url, policy, calls } = await site((_request, response) => response.end('x'), { ledger: rival });
    expect(await calls.make(callOf(policy, { url }))).toMatchObject({ ok: true, value: { result: { status: 201 } } });
    expect(rival.events).toHaveLength(1);
  });
});
