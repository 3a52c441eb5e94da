import { randomBytes, randomUUID } from 'node:crypto';
import { formatId } from '@causeway/contracts';
import type { LedgerPort, PendingEvent, Recorded } from '@causeway/eventing';
import type { Instance } from '@causeway/provisioning';
import { expectOk, type HttpClient } from '../http-client.ts';

/** The events of a run that waits for a person, by stream, as the system itself sealed them. */
export type WaitingRun = {
  readonly runId: string;
  readonly approvalId: string;
  readonly events: readonly Recorded[];
};

const PAGE = 1_000;

/** Starts a run through the gateway and asks for a step that a person has to approve, then reads what was sealed. */
export async function waitingRun(
  instance: Instance,
  { client, operatorKey, ledger }: { client: HttpClient; operatorKey: string; ledger: LedgerPort },
): Promise<WaitingRun> {
  const answerTo = async (path: string, body: unknown, token: string): Promise<unknown> =>
    JSON.parse((await expectOk(client.post(path, body, token))).body);
  const opened = await answerTo('/v1/sessions', { agentId: 'bench' }, operatorKey);
  const { session, token } = opened as { session: { sessionId: string }; token: string };
  const start = { sessionId: session.sessionId, goal: 'wait', predicate: { kind: 'never' } };
  const { runId } = (await answerTo('/v1/runs', start, operatorKey)) as { runId: string };
  const url = `http://content.demo.internal:${instance.ports['demo-content']}/publish`;
  const input = { url, method: 'POST', body: 'to be approved' };
  const step = { stepId: 's1', capability: 'network.http-fetch', input };
  const held = await answerTo(`/v1/runs/${runId}/steps`, step, token);
  const { state, approvalId } = held as { state: string; approvalId: string };
  if (state !== 'held') throw new Error(`a step that a person has to approve is ${state}`);
  const { events } = await ledger.readAll({ fromPosition: 0, limit: PAGE, scope: runId });
  return { runId, approvalId, events };
}

export type Write = {
  readonly stream: string;
  readonly expected: 'none';
  readonly events: readonly PendingEvent[];
};

/** The same events for another run: new names of run, approval and call wherever the old ones stood. */
export function another({ runId, approvalId, events }: WaitingRun): readonly Write[] {
  const [newRun, newApproval] = [newId('run'), newId('approval')];
  const renamed = (text: string): string => text.replaceAll(runId, newRun).replaceAll(approvalId, newApproval);
  const streams = [...new Set(events.map(({ stream }) => stream))];
  return streams.map((stream) => ({
    ...{ stream: renamed(stream), expected: 'none' },
    events: events.filter((event) => event.stream === stream).map((event) => pending(event, renamed)),
  }));
}

const newId = (kind: 'run' | 'approval'): string => formatId(kind, randomBytes(16));

const pending = ({ type, data, scope, actor }: Recorded, renamed: (text: string) => string): PendingEvent => ({
  ...{ id: randomUUID(), type, actor, scope: renamed(scope) },
  data: JSON.parse(renamed(JSON.stringify(data))) as unknown,
});

/** Runs of one append: each writes two streams, and the ledger takes 64 of them. */
const RUNS_AT_ONCE = 32;
const APPENDS_IN_FLIGHT = 4;

/** Appends so many runs like this one. Resolves to the position of the last event. */
export async function fill(ledger: LedgerPort, like: WaitingRun, runs: number): Promise<number> {
  let left = runs;
  let last = 0;
  async function appender(): Promise<void> {
    while (left > 0) {
      const count = Math.min(left, RUNS_AT_ONCE);
      left -= count;
      const writes = Array.from({ length: count }, () => another(like)).flat();
      const answer = await ledger.append({ appendId: randomUUID(), writes });
      if (!answer.appended) throw new Error(`an append was refused: ${answer.conflict}`);
      last = Math.max(last, answer.lastPosition);
    }
  }
  await Promise.all(Array.from({ length: APPENDS_IN_FLIGHT }, appender));
  return last;
}
