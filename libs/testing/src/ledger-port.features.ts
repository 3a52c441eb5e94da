import { randomUUID } from 'node:crypto';
import type { AppendRequest, LedgerPort, PendingEvent } from '@causeway/eventing';

/** A ledger to test, and an event type that it lets the tests write. */
export type LedgerUnderTest = { readonly ledger: LedgerPort; readonly eventType: string };

type Expected = AppendRequest['writes'][number]['expected'];

const newStream = (): string => `test_${randomUUID().replaceAll('-', '')}`;

/** What every LedgerPort promises, whatever keeps the events. The ledger may hold other events too. */
export function ledgerFeatures(name: string, start: () => Promise<LedgerUnderTest>): void {
  describe(`${name}, as a ledger,`, () => {
    let ledger: LedgerPort;
    let eventType: string;

    beforeAll(async () => {
      ({ ledger, eventType } = await start());
    });

    const event = (data: unknown = {}): PendingEvent => ({ id: randomUUID(), type: eventType, data });
    const write = (stream: string, expected: Expected, ...events: PendingEvent[]) => ({ stream, expected, events });
    const append = (...writes: AppendRequest['writes'][number][]) => ledger.append({ appendId: randomUUID(), writes });
    const dataOf = async (stream: string) => (await ledger.readStream(stream, 1)).map(({ data }) => data);
    async function streamOf(count: number): Promise<string> {
      const stream = newStream();
      const events = Array.from({ length: count }, (_, index) => event({ n: index + 1 }));
      await append(write(stream, 'none', ...events));
      return stream;
    }

    it('numbers the events of a stream from 1 and gives them back in order', async () => {
      const stream = newStream();
      const first = await append(write(stream, 'none', event({ n: 1 }), event({ n: 2 })));
      await append(write(stream, 2, event({ n: 3 })));
      const events = await ledger.readStream(stream, 1);
      expect(events.map(({ version, data, type }) => ({ version, data, type }))).toEqual(
        [1, 2, 3].map((n) => ({ version: n, data: { n }, type: eventType })),
      );
      expect(first).toEqual({ appended: true, firstPosition: events[0]!.position, lastPosition: events[1]!.position });
    });

    it('reads a stream from a version on', async () => {
      const stream = await streamOf(4);
      expect((await ledger.readStream(stream, 3)).map(({ version }) => version)).toEqual([3, 4]);
      expect(await ledger.readStream(stream, 5)).toEqual([]);
    });

    it('gives a stream that was never written no events', async () => {
      expect(await ledger.readStream(newStream(), 1)).toEqual([]);
    });

    it.each<[string, number, Expected, boolean]>([
      ['none', 0, 'none', true],
      ['none', 1, 'none', false],
      ['a number', 2, 2, true],
      ['a number that was passed', 2, 1, false],
      ['a number not reached', 2, 3, false],
      ['a number', 0, 1, false],
      ['exists', 1, 'exists', true],
      ['exists', 0, 'exists', false],
      ['any', 0, 'any', true],
      ['any', 3, 'any', true],
    ])('holds to the expectation %s on a stream of %d events', async (_, count, expected, isTaken) => {
      const stream = count === 0 ? newStream() : await streamOf(count);
      expect((await append(write(stream, expected, event()))).appended).toBe(isTaken);
      expect(await ledger.readStream(stream, 1)).toHaveLength(count + (isTaken ? 1 : 0));
    });

    it('writes to several streams at once, in the order they were given', async () => {
      const [one, two] = [newStream(), newStream()];
      const answer = await append(write(one, 'none', event({ n: 1 })), write(two, 'none', event({ n: 2 })));
      const [first] = await ledger.readStream(one, 1);
      const [second] = await ledger.readStream(two, 1);
      expect(second!.position).toBe(first!.position + 1);
      expect(answer).toEqual({ appended: true, firstPosition: first!.position, lastPosition: second!.position });
    });

    it('writes nothing at all when one of several streams is not as expected', async () => {
      const [fresh, taken] = [newStream(), await streamOf(1)];
      const answer = await append(write(fresh, 'none', event()), write(taken, 'none', event()));
      expect(answer).toEqual({ appended: false, conflict: expect.stringContaining(taken) as string });
      expect(await ledger.readStream(fresh, 1)).toEqual([]);
      expect(await ledger.readStream(taken, 1)).toHaveLength(1);
    });

    it('gives the same append again its first answer, even when the stream has moved on', async () => {
      const stream = newStream();
      const request = { appendId: randomUUID(), writes: [write(stream, 'none', event({ n: 1 }))] };
      const first = await ledger.append(request);
      await append(write(stream, 1, event({ n: 2 })));
      expect(await ledger.append(request)).toEqual(first);
      expect(await dataOf(stream)).toEqual([{ n: 1 }, { n: 2 }]);
    });

    it('takes the same append sent many times at once only once', async () => {
      const stream = newStream();
      const request = { appendId: randomUUID(), writes: [write(stream, 'any', event())] };
      const answers = await Promise.all(Array.from({ length: 8 }, () => ledger.append(request)));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(await ledger.readStream(stream, 1)).toHaveLength(1);
    });

    it('refuses an event id that stands for other content', async () => {
      const known = event({ n: 1 });
      await append(write(newStream(), 'none', known));
      const other = newStream();
      await expect(append(write(other, 'none', { ...known, data: { n: 2 } }))).rejects.toMatchObject({
        code: 'EVENT_ID_REUSED',
      });
      expect(await ledger.readStream(other, 1)).toEqual([]);
    });

    it('lets exactly one of many rivals that expect the same version win', async () => {
      const stream = await streamOf(1);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, rival) => append(write(stream, 1, event({ rival })))),
      );
      const winners = answers.flatMap(({ appended }, rival) => (appended ? [rival] : []));
      expect(winners).toHaveLength(1);
      expect((await dataOf(stream)).slice(1)).toEqual([{ rival: winners[0] }]);
    });

    it('keeps who caused an event and what it belongs to; left out, the scope is the stream', async () => {
      const stream = newStream();
      const actor = { kind: 'agent', id: 'researcher' } as const;
      await append(write(stream, 'none', { ...event(), actor, scope: 'run_1' }, event()));
      const [told, untold] = await ledger.readStream(stream, 1);
      expect(told).toMatchObject({ actor, scope: 'run_1' });
      expect(untold).toMatchObject({ scope: stream });
    });

    it('has one order without gaps, however many write at once', async () => {
      const before = await headOf(ledger);
      const streams = Array.from({ length: 10 }, newStream);
      await Promise.all(streams.map((stream) => append(write(stream, 'none', event(), event()))));
      const { events } = await ledger.readAll({ fromPosition: before, limit: 20 });
      expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 20 }, (_, index) => before + index));
      for (const stream of streams) {
        const positions = events.filter((one) => one.stream === stream).map(({ position }) => position);
        expect(positions[1]).toBe(positions[0]! + 1);
      }
    });

    it('pages through the log and says how far it looked', async () => {
      const before = await headOf(ledger);
      const stream = await streamOf(5);
      const page = await ledger.readAll({ fromPosition: before, limit: 3 });
      expect(page.events.map(({ version }) => version)).toEqual([1, 2, 3]);
      expect(page).toMatchObject({ scannedTo: before + 3, nextPosition: before + 5 });
      const rest = await ledger.readAll({ fromPosition: page.scannedTo, limit: 3 });
      expect(rest.events.map((one) => one.stream)).toEqual([stream, stream]);
      expect(rest.scannedTo).toBe(rest.nextPosition);
    });

    it('counts on past the events that a filter leaves out', async () => {
      const before = await headOf(ledger);
      await streamOf(3);
      const page = await ledger.readAll({ fromPosition: before, limit: 100, types: ['nothing.happened'] });
      expect(page).toEqual({ events: [], scannedTo: before + 3, nextPosition: before + 3 });
    });

    it('has nothing after its end', async () => {
      const end = await headOf(ledger);
      expect(await ledger.readAll({ fromPosition: end, limit: 10 })).toEqual({
        events: [],
        scannedTo: end,
        nextPosition: end,
      });
    });
  });
}

async function headOf(ledger: LedgerPort): Promise<number> {
  let position = 0;
  for (;;) {
    const page = await ledger.readAll({ fromPosition: position, limit: 1_000 });
    if (page.scannedTo >= page.nextPosition) return page.nextPosition;
    position = page.scannedTo;
  }
}
