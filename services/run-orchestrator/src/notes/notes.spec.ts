import { randomUUID } from 'node:crypto';
import { memoryLedger } from '@causeway/eventing';
import { atMs, start } from '../../test/run.features.ts';
import { createHandlers } from '../handlers.ts';
import type { Parts } from '../parts.ts';
import { stepEvent } from '../steps/outcome.ts';
import { createNotes } from './notes.ts';

const DAY_MS = 86_400_000;

/** A run of an agent, and a clock that is told what time it is. */
async function service() {
  const clock = { ms: 1_000 };
  const edge = { now: () => atMs(clock.ms), newUuid: () => randomUUID() };
  const ledger = memoryLedger();
  const handlers = createHandlers(ledger, edge);
  const { runId, sessionId, agentId } = start();
  const actor = { kind: 'agent' as const, id: agentId };
  await handlers.runs.handle(runId, start({ agentLeaseMs: DAY_MS }), { actor });
  const eventAt = async (stream: string, version: number) =>
    stepEvent((await ledger.readStream(stream, version))[0] as never);
  const { note, get } = createNotes({ handlers, edge } as unknown as Parts, { eventAt });
  const data = { runId, sessionId, key: 'answer', value: 'yes' };
  const message = { data, meta: { id: 'm', actor, at: atMs(0) }, subject: '' };
  return { clock, ledger, note: () => note(message), get: () => get(message) };
}

describe('a note that is made again', () => {
  it('is answered as it was at first, also when all that is new is that the agent was heard of', async () => {
    const { clock, ledger, note, get } = await service();
    const first = await note();
    expect(first).toMatchObject({ ok: true, value: { value: 'yes', notedAt: atMs(1_000) } });
    clock.ms = DAY_MS / 2;
    expect(await note()).toEqual(first);
    expect(ledger.events.at(-1)?.type).toBe('run.heard');
    expect(await get()).toEqual(first);
  });
});
