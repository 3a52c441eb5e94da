import { expectOk, type HttpClient } from '../http-client.ts';

export type Run = { readonly id: string; readonly token: string };
export type RunSlots = {
  /** The run whose turn it is to take one more step. */
  readonly next: () => Promise<Run>;
};

/** Who starts runs, and by which way. */
export type Starting = { readonly client: HttpClient; readonly operatorKey: string };

/** Most steps that the default policy pack gives one run. */
const STEPS_PER_RUN = 1_000;

/** So many runs, each of an agent and a session of its own, whose turns come one after the other; a run that is spent is replaced. */
export async function runSlots(starting: Starting, runs: number): Promise<RunSlots> {
  const start = async () => ({ ...(await startRun(starting)), left: STEPS_PER_RUN });
  const slots = await Promise.all(Array.from({ length: runs }, start));
  let turn = 0;
  return {
    next: async () => {
      const slot = turn++ % slots.length;
      const run = slots[slot]!;
      if (run.left-- > 0) return run;
      const fresh = await start();
      if (slots[slot] === run) slots[slot] = fresh;
      fresh.left--;
      return fresh;
    },
  };
}

/** A run that ends only by itself, in a session of its own. */
export async function startRun({ client, operatorKey }: Starting): Promise<Run> {
  const opened = await expectOk(client.post('/v1/sessions', { agentId: 'bench' }, operatorKey));
  const { session, token } = JSON.parse(opened.body) as { session: { sessionId: string }; token: string };
  const { sessionId } = session;
  const body = { sessionId, goal: 'measure', budget: { steps: STEPS_PER_RUN }, predicate: { kind: 'never' } };
  const started = await expectOk(client.post('/v1/runs', body, operatorKey));
  return { id: (JSON.parse(started.body) as { runId: string }).runId, token };
}
