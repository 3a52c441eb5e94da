import { Client } from 'undici';
import type { LedgerPort } from '@causeway/eventing';
import { callOf, world } from '../calls.ts';

/**
 * A program for `bench`: fetches one page again and again, one request at a time, and says how long each took. `guarded`: as egress-proxy does, with
 * a ledger that takes everything and keeps nothing; `bare`: by its HTTP client alone, on a connection for each request, as egress-proxy has it; `kept`:
 * on one connection.
 */
type Asked = { readonly way: 'guarded' | 'bare' | 'kept'; readonly durationMs: number; readonly warmUpMs: number };

const host = process.env['BENCH_HOST'] ?? '';
const port = Number(process.env['BENCH_PORT']);
const origin = `http://127.0.0.1:${port}`;

const noLedger: LedgerPort = {
  append: async () => ({ appended: true, firstPosition: 1, lastPosition: 1 }),
  readStream: async () => [],
  readAll: async () => ({ events: [], scannedTo: 0, nextPosition: 1 }),
};
const { calls, policy } = world({ ports: { [host]: port }, ledger: noLedger });
const kept = new Client(origin);

async function read(client: Client): Promise<void> {
  const { statusCode, body } = await client.request({ method: 'GET', path: '/page' });
  await body.bytes();
  if (statusCode !== 200) throw new Error(`the answer was ${statusCode}`);
}

/** Each makes one request ready, which is not counted, and returns what makes it. */
const WAYS: { readonly [way in Asked['way']]: () => () => Promise<void> } = {
  guarded: () => {
    const call = callOf(policy, { url: `http://${host}:${port}/page` });
    return async () => {
      const answer = await calls.make(call);
      if (!answer.ok) throw new Error(`${answer.rejection.code}: ${answer.rejection.detail}`);
    };
  },
  bare: () => async () => {
    const client = new Client(origin);
    await read(client);
    await client.destroy();
  },
  kept: () => () => read(kept),
};

async function sample({ way, durationMs, warmUpMs }: Asked) {
  const latencies: number[] = [];
  const countFrom = performance.now() + warmUpMs;
  let done = 0;
  for (;;) {
    const make = WAYS[way]();
    const began = performance.now();
    if (began >= countFrom + durationMs) break;
    await make();
    done++;
    if (began >= countFrom) latencies.push(performance.now() - began);
  }
  return { latenciesMs: Float64Array.from(latencies), seconds: (performance.now() - countFrom) / 1_000, done };
}

process.on('message', (asked: Asked) => void sample(asked).then((found) => process.send?.(found)));
process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');
