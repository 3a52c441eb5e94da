import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendBy, type Append, type Appended, type ErrorCode, type EventToAppend } from '@causeway/contracts';
import { connectBus, type Bus } from '@causeway/messaging';
import { silentLog } from '@causeway/testing';
import type { Acknowledged, FromLoad, ToLoad } from './load-process.ts';

/**
 * A client of the ledger as services are, in a process of its own: each lane appends to its own stream, at the version that it knows, and to
 * streams that all share. What is not acknowledged is sent again with the same ids until it is.
 */
const LANES = 8;
const SHARED_STREAMS = 5;
const PAUSE_MS = 40;
const REPORT_MS = 100;
const WRITER = 'run-orchestrator';
/** All that a client may be told while something is broken. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'LEDGER_BUSY',
  'LEDGER_NOT_LEADER',
  'LEDGER_UNAVAILABLE',
  'SERVICE_UNAVAILABLE',
]);

const name = process.env['FAULTS_LOAD_NAME'] ?? '';
const meta = { id: name, actor: { kind: 'system', id: name } } as const;
let acknowledged: Acknowledged[] = [];
let refusals = 0;
let underWay = 0;
let isPaused = false;

const tell = (message: FromLoad): void => void process.send?.(message);

const anEvent = (): EventToAppend =>
  Math.random() < 0.5
    ? { id: randomUUID(), type: 'step.unknown', data: { reason: 'a fault' } }
    : { id: randomUUID(), type: 'run.claimed', data: { note: 'é'.repeat(40) } };

function nextAppend(stream: string, version: number): Append {
  const own = { stream, expected: version === 0 ? ('none' as const) : version, events: [anEvent()] };
  const shared = `shared_${Math.floor(Math.random() * SHARED_STREAMS)}`;
  const beside = { stream: shared, expected: 'any' as const, events: [anEvent(), anEvent()] };
  return { appendId: randomUUID(), writes: Math.random() < 0.3 ? [own, beside] : [own] };
}

async function appendSurely(bus: Bus, append: Append): Promise<Appended> {
  for (;;) {
    const reply = await bus.request(appendBy(WRITER), append, meta, { timeoutMs: 4_000, attemptMs: 1_000 });
    if (reply.ok) return reply.value;
    if (!PASSING.has(reply.rejection.code)) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
    refusals++;
    await sleep(50);
  }
}

async function lane(bus: Bus, number: number): Promise<void> {
  const stream = `${name}_${number}`;
  let version = 0;
  for (;;) {
    await sleep(PAUSE_MS);
    if (isPaused) continue;
    underWay++;
    const append = nextAppend(stream, version);
    const { firstPosition, versions } = await appendSurely(bus, append);
    underWay--;
    version = versions[stream] ?? -1;
    const ids = append.writes.flatMap(({ events }) => events.map(({ id }) => id));
    acknowledged.push({ ids, firstPosition, at: Date.now() });
  }
}

async function run(): Promise<void> {
  const { FAULTS_NATS_URL: url = '', FAULTS_NATS_PASSWORD: password = '' } = process.env;
  const bus = await connectBus({ url, user: WRITER, password, name, log: silentLog });
  process.on('message', (message: ToLoad) => {
    isPaused = message === 'pause';
  });
  setInterval(() => {
    tell({ acknowledged, refusals, isQuiet: isPaused && underWay === 0 });
    acknowledged = [];
  }, REPORT_MS);
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(bus, number)));
}

run().catch((error: unknown) => {
  tell({ acknowledged, refusals, isQuiet: false, wrong: String(error) });
  process.exitCode = 1;
  process.disconnect();
});
