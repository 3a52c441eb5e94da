import { randomUUID } from 'node:crypto';
import { add, balanceIn, handlerOn, observed, take } from './account.features.ts';
import type { LedgerPort } from './ledger-port.ts';
import { memoryLedger } from './memory-ledger.ts';

describe('a rival that moves the stream', () => {
  const rival = async (ledger: LedgerPort, amount: number) => {
    const events = [{ id: randomUUID(), type: 'account.added', data: { amount } }];
    await ledger.append({ appendId: randomUUID(), writes: [{ stream: 'a', expected: 'any', events }] });
  };

  it('makes the command be decided again on what is there now', async () => {
    let isFirst = true;
    const ledger = memoryLedger({
      beforeAppend: async () => {
        if (!isFirst) return;
        isFirst = false;
        await rival(ledger, 10);
      },
    });
    const { handle } = handlerOn(ledger);
    expect(await handle(add(1))).toMatchObject({ accepted: true, state: { balance: 11 }, position: 1 });
  });

  it('is seen before a refusal is given', async () => {
    const ledger = memoryLedger();
    const { handle } = handlerOn(ledger);
    await handle(add(1));
    await rival(ledger, 10);
    expect(await handle(take(11))).toMatchObject({ accepted: true, state: { balance: 0 } });
  });

  it('is seen before a command is said to be done already', async () => {
    const ledger = memoryLedger();
    const { handle } = handlerOn(ledger);
    await handle({ type: 'close', archive: 'archive' });
    await rival(ledger, 10);
    expect(await handle({ type: 'close', archive: 'archive' })).toMatchObject({ events: [], state: { balance: 10 } });
  });

  it('costs no look at the ledger as long as our own appends go through', async () => {
    const { port, reads } = observed();
    const { handle } = handlerOn(port);
    await handle(add(1));
    for (let round = 0; round < 5; round++) await handle(add(1));
    expect(reads).toEqual(['a@1']);
  });

  it('that never rests ends in a conflict, and the next command is decided afresh', async () => {
    let restless = true;
    const ledger = memoryLedger({
      beforeAppend: async ({ writes }) => {
        if (restless && writes[0]!.expected !== 'any') await rival(ledger, 1);
      },
    });
    const { handle } = handlerOn(ledger);
    await expect(handle(add(100))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    restless = false;
    const { balance } = await handlerOn(ledger).load('a');
    expect(await handle(take(balance))).toMatchObject({ accepted: true, state: { balance: 0 } });
  });
});

describe('an append that goes wrong', () => {
  it('fails its commands, and what is known is forgotten: the next command reads the ledger again', async () => {
    let failures = 1;
    const inner = memoryLedger();
    const { port, reads } = observed(inner);
    const losing: LedgerPort = {
      ...port,
      append: async (request) => {
        const answer = await port.append(request);
        if (failures-- > 0) throw Object.assign(new Error('no answer'), { code: 'LEDGER_UNAVAILABLE' });
        return answer;
      },
    };
    const { handle } = handlerOn(losing);
    await expect(handle(add(5))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(await handle(take(5))).toMatchObject({ accepted: true, state: { balance: 0 } });
    expect(reads).toEqual(['a@1', 'a@1']);
  });

  it('is never repeated with a new decision while its outcome is not known', async () => {
    const inner = memoryLedger();
    let attempts = 0;
    const losing: LedgerPort = {
      ...inner,
      append: async (request) => {
        await inner.append(request);
        if (attempts++ === 1) throw Object.assign(new Error('no answer'), { code: 'LEDGER_UNAVAILABLE' });
        return inner.append(request);
      },
    };
    const { handle } = handlerOn(losing);
    const results = await Promise.allSettled([handle(add(1)), handle(add(2)), handle(add(4))]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(balanceIn(inner)).toBe(7);
  });

  it('because the ledger refuses what one command writes fails that command and no other', async () => {
    const inner = memoryLedger();
    const picky: LedgerPort = {
      ...inner,
      append: async (request) => {
        const isBad = request.writes.some(({ events }) =>
          events.some(({ data }) => (data as { amount: number }).amount === 13),
        );
        if (isBad) throw Object.assign(new Error('13 cannot be sealed'), { code: 'EVENT_DATA_INVALID' });
        return inner.append(request);
      },
    };
    const { handle } = handlerOn(picky);
    const amounts = [1, 2, 13, 4, 5];
    const results = await Promise.allSettled(amounts.map((amount) => handle(add(amount))));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(balanceIn(inner)).toBe(12);
  });
});

describe('the memory of aggregates', () => {
  it('is bounded, and what was forgotten is read again', async () => {
    const { port, reads } = observed();
    const { handle } = handlerOn(port, { cacheSize: 2 });
    for (const id of ['a', 'b', 'c', 'a']) await handle(add(1), id);
    expect(reads).toEqual(['a@1', 'b@1', 'c@1', 'a@1']);
    expect(await handle(take(2), 'a')).toMatchObject({ accepted: true });
  });
});
