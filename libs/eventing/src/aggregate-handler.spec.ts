import { randomUUID } from 'node:crypto';
import { add, balanceIn, handlerOn, META, observed, take, type Command } from './account.features.ts';
import { aggregateHandler } from './aggregate-handler.ts';
import type { Decider } from './decider.ts';
import { memoryLedger } from './memory-ledger.ts';

describe('a command', () => {
  it('is decided on what the ledger holds, and answered with its events, state and position once sealed', async () => {
    const ledger = memoryLedger();
    const { handle, load } = handlerOn(ledger);
    await handle(add(5));
    expect(await handle(take(2))).toEqual({
      accepted: true,
      events: [{ type: 'account.taken', data: { amount: 2 } }],
      state: { balance: 3, closed: false },
      position: 1,
    });
    expect(await load('a')).toEqual({ balance: 3, closed: false });
    expect(ledger.events.map(({ stream, version, scope, actor }) => ({ stream, version, scope, actor }))).toEqual(
      [1, 2].map((version) => ({ stream: 'a', version, scope: 'a', actor: META.actor })),
    );
  });

  it('gives its events the scope that they belong to, those for other streams too', async () => {
    const ledger = memoryLedger();
    const { handle } = handlerOn(ledger, { scopeOf: (id, { closed }) => `${id}-${closed ? 'closed' : 'open'}` });
    await handle({ type: 'close', archive: 'archive' });
    expect(ledger.events.map(({ stream, scope }) => [stream, scope])).toEqual([
      ['a', 'a-closed'],
      ['archive', 'a-closed'],
    ]);
  });

  it('that is refused writes nothing', async () => {
    const ledger = memoryLedger();
    const { handle } = handlerOn(ledger);
    expect(await handle(take(1))).toEqual({
      accepted: false,
      rejection: { code: 'TOO_LITTLE', balance: 0 },
      state: { balance: 0, closed: false },
    });
    expect(ledger.events).toEqual([]);
  });

  it('that was done already has no events and no position', async () => {
    const { handle } = handlerOn(memoryLedger());
    await handle({ type: 'close', archive: 'archive' });
    expect(await handle({ type: 'close', archive: 'archive' })).toMatchObject({
      accepted: true,
      events: [],
      position: undefined,
    });
  });

  it('whose decider fails fails alone', async () => {
    const { handle } = handlerOn(memoryLedger());
    const results = await Promise.allSettled([
      handle(add(1)),
      handle(add(2)),
      handle({ type: 'fail' }),
      handle(add(4)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await handle(take(7))).toMatchObject({ accepted: true });
  });
});

describe('commands to one stream at the same time', () => {
  it('are decided in order and sealed together, each with its own position', async () => {
    const { port, appends, ledger } = observed();
    const { handle } = handlerOn(port);
    const answers = await Promise.all([
      handle(add(1)),
      handle(add(2)),
      handle(take(5)),
      handle(take(3)),
      handle(add(4)),
    ]);
    expect(answers.map((answer) => (answer.accepted ? answer.position : answer.rejection))).toEqual([
      0,
      1,
      { code: 'TOO_LITTLE', balance: 3 },
      2,
      3,
    ]);
    expect(appends.map(({ writes }) => writes.map(({ events }) => events.length))).toEqual([[1], [3]]);
    expect(balanceIn(ledger)).toBe(4);
  });

  it('to several streams do not wait for each other', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const ledger = memoryLedger({ beforeAppend: ({ writes }) => (writes[0]!.stream === 'slow' ? held : undefined) });
    const { handle } = handlerOn(ledger);
    const slow = handle(add(1), 'slow');
    expect(await handle(add(1), 'fast')).toMatchObject({ accepted: true });
    release();
    expect(await slow).toMatchObject({ accepted: true });
  });

  it('are split by number and by size, so that no append is larger than allowed', async () => {
    const sizeOf = (command: Command) => (command.type === 'add' ? command.amount : 0);
    const sealedTogether = async (amounts: readonly number[]) => {
      const { port, appends } = observed();
      const { handle } = handlerOn(port, { maxBatch: 3, sizeOf });
      await Promise.all(amounts.map((amount) => handle(add(amount))));
      return appends.map(({ writes }) => writes[0]!.events.length);
    };
    expect(await sealedTogether([1, 1, 1, 1, 1, 1, 1, 1])).toEqual([1, 3, 3, 1]);
    expect(await sealedTogether([150_000, 150_000, 150_000, 150_000, 150_000])).toEqual([1, 2, 2]);
    expect(await sealedTogether([1, 900_000, 900_000])).toEqual([1, 1, 1]);
  });

  it('that write to more streams than one append takes are sealed in several', async () => {
    const many: Decider<number, string, { type: 'thing.made'; data: object }, never> = {
      initialState: () => 0,
      decide: (stream) => {
        const event = { type: 'thing.made' as const, data: {} };
        return { accepted: true, events: [event], also: [{ stream, expected: 'none', events: [event] }] };
      },
      evolve: (count) => count + 1,
    };
    const { port, appends } = observed();
    const { handle } = aggregateHandler({ decider: many, ledger: port, newUuid: randomUUID, maxBatch: 200 });
    await Promise.all(Array.from({ length: 150 }, (_, index) => handle('a', `side${index}`, META)));
    expect(appends.map(({ writes }) => writes.length)).toEqual([2, 64, 64, 24]);
    expect((await port.readStream('a', 1)).length).toBe(150);
  });
});

describe('what is kept in memory', () => {
  /** The ledger, which tells from which version on it was read. */
  function readings() {
    const inner = memoryLedger();
    const reads: number[] = [];
    const ledger: typeof inner = {
      ...inner,
      readStream: (stream, fromVersion) => {
        reads.push(fromVersion);
        return inner.readStream(stream, fromVersion);
      },
    };
    return { ledger, reads };
  }

  it('is read again after it was to be forgotten', async () => {
    const { ledger, reads } = readings();
    const { handle, load, forget } = handlerOn(ledger);
    await handle(add(5));
    forget();
    expect(await load('a')).toEqual({ balance: 5, closed: false });
    await handle(add(1));
    expect(reads).toEqual([1, 1, 1]);
  });

  it('is forgotten after what is being decided is sealed', async () => {
    const { ledger, reads } = readings();
    const { handle, forget } = handlerOn(ledger);
    await handle(add(5));
    const adding = handle(add(1));
    forget();
    await adding;
    expect(await handle(take(6))).toMatchObject({ accepted: true, state: { balance: 0 } });
    expect(reads).toEqual([1, 1]);
  });
});
