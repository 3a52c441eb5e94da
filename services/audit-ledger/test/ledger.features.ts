import { randomUUID } from 'node:crypto';
import {
  appendBy,
  getHead,
  readAll,
  verifyLog,
  type Append,
  type Appended,
  type EventToAppend,
  type ExpectedVersion,
  type Head,
  type RecordedEvent,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import {
  startServiceProcess,
  type ServiceProcess,
  type TestDatabase,
  type TestInfrastructure,
} from '@causeway/testing';
import type { WriterMetrics } from '../src/metrics.ts';

export const ORIGIN = 'ledger.test/int/main';
/** Position of the first event that a test writes: before it the ledger tells of its first key. */
export const FIRST = 1;
const meta = { id: 'test', actor: { kind: 'system', id: 'tester' } } as const;

/** Starts the service as a process on this database. */
export const startLedger = (
  infra: TestInfrastructure,
  database: TestDatabase,
  instance = 'audit-ledger-test',
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> =>
  startServiceProcess('audit-ledger', {
    ...infra.environment('audit-ledger', database),
    CAUSEWAY_LEDGER_ORIGIN: ORIGIN,
    CAUSEWAY_INSTANCE: instance,
    ...env,
  });

/** In line: its data stands in the leaf. */
export const note = (change: Partial<EventToAppend> = {}): EventToAppend => ({
  ...{ id: randomUUID(), type: 'step.unknown', data: { reason: 'a test' } },
  ...change,
});
/** Erasable: its data stands beside the leaf. */
export const claim = (text: string): EventToAppend => note({ type: 'run.claimed', data: { note: text } });
/** Metrics that nobody reads. */
export const unmeasured: WriterMetrics = { batch: () => {}, outcome: () => {}, queue: () => {} };
export const newStream = (): string => `test_${randomUUID().replaceAll('-', '')}`;
export const appendOf = (stream: string, expected: ExpectedVersion, ...events: EventToAppend[]): Append => ({
  appendId: randomUUID(),
  writes: [{ stream, expected, events }],
});

/** The ledger as a service sees it, answers and refusals as they come. */
export type Caller = {
  readonly append: (request: Append, timeoutMs?: number) => Promise<ReplyEnvelope<Appended>>;
  /** Appends one event to a stream of its own. */
  readonly appendOne: (event?: EventToAppend) => Promise<Appended>;
  readonly head: () => Promise<Head>;
  readonly all: () => Promise<readonly RecordedEvent[]>;
  readonly verify: () => Promise<ReplyOf<typeof verifyLog>>;
};

const valueOf = <T>(reply: ReplyEnvelope<T>): T => {
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
};

/** Speaks to the ledger on this connection as this writer. */
export function callerOn(bus: Bus, writer = 'run-orchestrator'): Caller {
  const append: Caller['append'] = (request, timeoutMs = 10_000) =>
    bus.request(appendBy(writer), request, meta, { timeoutMs, attemptMs: 1_000 });
  return {
    append,
    appendOne: async (event = note()) => valueOf(await append(appendOf(newStream(), 'none', event))),
    head: async () => valueOf(await bus.request(getHead, {}, meta)),
    all: async () => {
      const events: RecordedEvent[] = [];
      for (;;) {
        const page = valueOf(await bus.request(readAll, { fromPosition: events.length, limit: 1_000 }, meta));
        events.push(...page.events);
        if (page.scannedTo >= page.nextPosition) return events;
      }
    },
    verify: async () => valueOf(await bus.request(verifyLog, {}, meta, { timeoutMs: 20_000 })),
  };
}

/** Resolves once this holds; fails after 50 s. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 50_000;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error('it did not come to hold within 50 s');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
