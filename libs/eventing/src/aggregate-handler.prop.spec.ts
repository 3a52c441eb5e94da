import fc from 'fast-check';
import { aggregateHandler } from './aggregate-handler.ts';
import { accept, refuse, type Decider } from './decider.ts';
import type { AppendRequest, LedgerPort } from './ledger-port.ts';
import { memoryLedger } from './memory-ledger.ts';

/** Seats on a bus: each command takes some under a name of its own; the same name again is already done. */
type Seats = { readonly free: number; readonly takenBy: Readonly<Record<string, number>> };
type Take = { readonly name: string; readonly seats: number };
type Taken = { readonly type: 'seat.taken'; readonly data: Take };
const FREE = 12;

const decider: Decider<Seats, Take, Taken, 'FULL'> = {
  initialState: () => ({ free: FREE, takenBy: {} }),
  decide: (command, { free, takenBy }) => {
    if (command.name in takenBy) return accept();
    if (command.seats > free) return refuse('FULL');
    return {
      ...accept({ type: 'seat.taken' as const, data: command }),
      also: [{ stream: command.name, expected: 'none', events: [] }],
    };
  },
  evolve: ({ free, takenBy }, { data: { name, seats } }) => ({
    free: free - seats,
    takenBy: { ...takenBy, [name]: seats },
  }),
};
/** Side writes need events; a ticket is written beside each seat. */
const withTickets: typeof decider = {
  ...decider,
  decide: (command, state) => {
    const decision = decider.decide(command, state);
    if (!decision.accepted || !decision.also) return decision;
    return { ...decision, also: decision.also.map((write) => ({ ...write, events: decision.events })) };
  },
};

const META = { actor: { kind: 'agent', id: 'a' } } as const;
const commands = fc.array(
  fc.record({
    stream: fc.constantFrom('one', 'two'),
    handler: fc.nat({ max: 2 }),
    command: fc.record({ name: fc.stringMatching(/^[a-f]$/), seats: fc.integer({ min: 1, max: 5 }) }),
  }),
  { maxLength: 30 },
);

/** A ledger whose answers come late, get lost after the write, or fail before it, as the scheduler and `faults` say. */
function unreliable(
  inner: LedgerPort,
  scheduler: fc.Scheduler,
  faults: Iterator<'none' | 'before' | 'after'>,
): LedgerPort {
  const lost = () => Object.assign(new Error('no answer'), { code: 'LEDGER_UNAVAILABLE' });
  return {
    readAll: inner.readAll,
    readStream: (stream, fromVersion) => scheduler.schedule(inner.readStream(stream, fromVersion)),
    append: async (request: AppendRequest) => {
      const fault = faults.next().value as 'none' | 'before' | 'after';
      await scheduler.schedule(Promise.resolve());
      if (fault === 'before') throw lost();
      const answer = await inner.append(request);
      await scheduler.schedule(Promise.resolve());
      if (fault === 'after') throw lost();
      return answer;
    },
  };
}

describe('whatever the order in which commands, replicas, answers and faults fall', () => {
  it('what callers were told is what the ledger holds, and no invariant is broken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        commands,
        fc.infiniteStream(fc.constantFrom('none', 'none', 'none', 'before', 'after')),
        async (scheduler, asked, faults) => {
          const ledger = memoryLedger();
          let ids = 0;
          const handlers = [0, 1, 2].map(() =>
            aggregateHandler({
              decider: withTickets,
              ledger: unreliable(ledger, scheduler, faults),
              newUuid: () => `id-${ids++}`,
            }),
          );
          const scoped = asked.map((one) => ({
            ...one,
            command: { ...one.command, name: `${one.stream}-${one.command.name}` },
          }));
          const told = scoped.map(({ stream, handler, command }) =>
            handlers[handler]!.handle(stream, command, META).catch(() => undefined),
          );
          const answers = await scheduler.waitFor(Promise.all(told));

          for (const stream of ['one', 'two']) {
            const sealed = ledger.events.filter((event) => event.stream === stream) as unknown as (Taken & {
              position: number;
            })[];
            const state = sealed.reduce(decider.evolve, decider.initialState());
            expect(state.free).toBeGreaterThanOrEqual(0);
            expect(new Set(sealed.map(({ data }) => data.name)).size).toBe(sealed.length);
            for (const { data } of sealed)
              expect(ledger.events.filter((event) => event.stream === data.name)).toHaveLength(1);
          }
          answers.forEach((answer, index) => {
            const { stream, command } = scoped[index]!;
            const ownEvents = ledger.events.filter(
              (event) => event.stream === stream && (event.data as Take).name === command.name,
            );
            if (answer?.accepted) expect(ownEvents).toHaveLength(1);
            if (answer?.accepted && answer.position !== undefined) {
              expect(ledger.events[answer.position]).toMatchObject({ stream, data: command });
            }
          });
        },
      ),
      { numRuns: 150 },
    );
  });
});
