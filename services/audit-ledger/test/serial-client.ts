import { setTimeout as sleep } from 'node:timers/promises';
import { appendAllBy, appendBy, type Append, type Appended, type ReplyEnvelope } from '@causeway/contracts';
import { connectBus, ok, type Bus } from '@causeway/messaging';
import type { Told } from './serial-oracle.ts';

/** One of several processes that append at the same time. It is told what to send, and reports what it was told. */
export type Task = {
  readonly url: string;
  readonly password: string;
  readonly appends: readonly Append[];
  /** How many to send at once. */
  readonly inFlight: number;
  /** How many travel in one message. */
  readonly perMessage: number;
};

const WRITER = 'run-orchestrator';
const meta = { id: 'serial', actor: { kind: 'system', id: 'tester' } } as const;
const PATIENCE = { timeoutMs: 30_000, attemptMs: 10_000 };
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const microseconds = (): number => Number(process.hrtime.bigint() / 1_000n);

async function send(bus: Bus, appends: readonly Append[]): Promise<readonly ReplyEnvelope<Appended>[]> {
  if (appends.length === 1) return [await bus.request(appendBy(WRITER), appends[0]!, meta, PATIENCE)];
  const reply = await bus.request(appendAllBy(WRITER), { appends: [...appends] }, meta, PATIENCE);
  return reply.ok ? reply.value.answers : appends.map(() => reply);
}

const isBusy = (reply: ReplyEnvelope<Appended>): boolean => !reply.ok && reply.rejection.code === 'LEDGER_BUSY';

/** What was only refused because too much waits is sent again, as every client does. */
async function sendSurely(bus: Bus, appends: readonly Append[]): Promise<readonly ReplyEnvelope<Appended>[]> {
  const replies = await send(bus, appends);
  return Promise.all(
    replies.map(async (reply, index) => {
      if (!isBusy(reply)) return reply;
      await sleep(50);
      return (await sendSurely(bus, [appends[index]!]))[0] ?? ok({ firstPosition: 0, lastPosition: 0, versions: {} });
    }),
  );
}

async function run({ url, password, appends, inFlight, perMessage }: Task): Promise<readonly Told[]> {
  const bus = await connectBus({ url, user: WRITER, password, name: 'serial', log: silent });
  const told: Told[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    while (next < appends.length) {
      const group = appends.slice(next, next + perMessage);
      next += group.length;
      const sentAt = microseconds();
      const replies = await sendSurely(bus, group);
      const toldAt = microseconds();
      for (const [index, append] of group.entries()) told.push({ append, sentAt, toldAt, reply: replies[index]! });
    }
  }
  await Promise.all(Array.from({ length: Math.ceil(inFlight / perMessage) }, lane));
  await bus.close();
  return told;
}

process.once('message', (task: Task) => {
  void run(task).then((told) => process.send?.(told, undefined, {}, () => process.disconnect()));
});
