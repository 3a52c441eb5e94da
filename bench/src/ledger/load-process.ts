import { randomUUID } from 'node:crypto';
import { connectBus, ledgerClient } from '@causeway/messaging';
import { sample } from '../load.ts';
import { newEvents, newStreamName, WRITER } from './events.ts';
import type { LedgerLoad } from './load-processes.ts';
import { streamPool } from './streams.ts';

/** A service that does nothing but append, through the client that services use. Its parent says how much, and gets what was seen. */
const env = (name: string): string => process.env[name] ?? '';
const log = { info: () => {}, warn: () => {}, error: () => {} };
const bus = await connectBus({
  ...{ url: env('BENCH_NATS_URL'), user: WRITER, password: env('BENCH_NATS_PASSWORD'), name: 'bench-load', log },
});
const ledger = ledgerClient({ bus, writer: WRITER });
const pool = streamPool(Number(env('BENCH_STREAMS')), newStreamName);

function append(eventsEach: number): Promise<void> {
  return pool.next(async ({ stream, version }) => {
    const events = newEvents(eventsEach, version);
    const expected = version === 0 ? 'none' : version;
    const answer = await ledger.append({ appendId: randomUUID(), writes: [{ stream, expected, events }] });
    if (!answer.appended) throw new Error(`an append was refused: ${answer.conflict}`);
    return eventsEach;
  });
}

process.on('message', ({ eventsEach, ...load }: LedgerLoad) => {
  void sample(load, () => append(eventsEach)).then((seen) => process.send!(seen));
});
process.on('SIGTERM', () => process.exit(0));
process.send!('ready');
