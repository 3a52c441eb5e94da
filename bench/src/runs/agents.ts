import { readFileSync } from 'node:fs';
import { operatorKeyFile, type Instance } from '@causeway/provisioning';
import { expectOk, httpClient, type HttpClient } from '../http-client.ts';
import { measure, type Figures, type LoadOptions } from '../load.ts';

/** Agents that do nothing but take steps, through the gateway. */
export type Agents = {
  /** Puts the load on. Throws when a step does not succeed. */
  readonly measure: (load: LoadOptions) => Promise<Figures>;
  /** Resolves once the views hold every step that was answered. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Most steps that the default policy pack gives one run. */
const STEPS_PER_RUN = 1_000;

type Run = { readonly id: string; readonly token: string; left: number };

/**
 * Governed steps through the gateway: `system.ping`, each decided by policy, paid from a budget, called in another process, and sealed before and
 * after. They go to so many runs in turn, each of an agent and a session of its own; a run that is spent is replaced.
 */
export async function agents(instance: Instance, runs: number): Promise<Agents> {
  const client = httpClient(instance.gatewayUrl);
  const operatorKey = readFileSync(operatorKeyFile(instance.home, 'local-operator'), 'utf8').trim();
  const start = () => startRun(client, operatorKey);
  const slots = await Promise.all(Array.from({ length: runs }, start));
  let turn = 0;
  let newest = { run: slots[0]!, position: 0 };

  async function next(): Promise<Run> {
    const slot = turn++ % slots.length;
    const run = slots[slot]!;
    if (run.left-- > 0) return run;
    const fresh = await start();
    if (slots[slot] === run) slots[slot] = fresh;
    fresh.left--;
    return fresh;
  }

  async function step(n: number): Promise<void> {
    const run = await next();
    const body = { stepId: `s${n}`, capability: 'system.ping', input: {} };
    const answer = await expectOk(client.post(`/v1/runs/${run.id}/steps`, body, run.token));
    const { state, position } = JSON.parse(answer.body) as { state: string; position: number };
    if (state !== 'succeeded') throw new Error(`a step did not succeed: ${answer.body.slice(0, 400)}`);
    if (position > newest.position) newest = { run, position };
  }

  let taken = 0;
  return {
    measure: (load) => measure(load, () => step(taken++)),
    settle: async () => {
      for (;;) {
        const seen = await client.get(`/v1/runs/${newest.run.id}?minPosition=${newest.position}`, operatorKey);
        if (seen.status === 200) return;
      }
    },
    close: () => client.close(),
  };
}

async function startRun(client: HttpClient, operatorKey: string): Promise<Run> {
  const opened = await expectOk(client.post('/v1/sessions', { agentId: 'bench' }, operatorKey));
  const { session, token } = JSON.parse(opened.body) as { session: { sessionId: string }; token: string };
  const { sessionId } = session;
  const body = { sessionId, goal: 'measure', budget: { steps: STEPS_PER_RUN }, predicate: { kind: 'never' } };
  const started = await expectOk(client.post('/v1/runs', body, operatorKey));
  return { id: (JSON.parse(started.body) as { runId: string }).runId, token, left: STEPS_PER_RUN };
}
