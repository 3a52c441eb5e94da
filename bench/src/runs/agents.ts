import { readFileSync } from 'node:fs';
import type { Json } from '@causeway/contracts';
import { operatorKeyFile, type Instance } from '@causeway/provisioning';
import { expectOk, httpClient } from '../http-client.ts';
import { measure, type Figures, type LoadOptions } from '../load.ts';
import { runSlots } from './run-slots.ts';

/** Agents that do nothing but take steps, through the gateway. */
export type Agents = {
  /** Puts the load on. Throws when a step does not succeed. */
  readonly measure: (load: LoadOptions) => Promise<Figures>;
  /** Resolves once the views hold every step that was answered. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type Step = { readonly capability: string; readonly input: Readonly<Record<string, Json>> };
const PING: Step = { capability: 'system.ping', input: {} };

/**
 * Governed steps through the gateway: `system.ping` unless told otherwise, each decided by policy, paid from a budget, called in another process, and
 * sealed before and after. They go to so many runs in turn, each of an agent and a session of its own; a run that is spent is replaced.
 */
export async function agents(instance: Instance, runs: number, taken: Step = PING): Promise<Agents> {
  const client = httpClient(instance.gatewayUrl);
  const operatorKey = readFileSync(operatorKeyFile(instance.home, 'local-operator'), 'utf8').trim();
  const slots = await runSlots({ client, operatorKey }, runs);
  let newest = { run: await slots.next(), position: 0 };

  async function step(n: number): Promise<void> {
    const run = await slots.next();
    const answer = await expectOk(client.post(`/v1/runs/${run.id}/steps`, { stepId: `s${n}`, ...taken }, run.token));
    const { state, position } = JSON.parse(answer.body) as { state: string; position: number };
    if (state !== 'succeeded') throw new Error(`a step did not succeed: ${answer.body.slice(0, 400)}`);
    if (position > newest.position) newest = { run, position };
  }

  let count = 0;
  return {
    measure: (load) => measure(load, () => step(count++)),
    settle: async () => {
      for (;;) {
        const seen = await client.get(`/v1/runs/${newest.run.id}?minPosition=${newest.position}`, operatorKey);
        if (seen.status === 200) return;
      }
    },
    close: () => client.close(),
  };
}
