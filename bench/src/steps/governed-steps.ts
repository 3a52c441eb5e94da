import { readFileSync } from 'node:fs';
import { operatorKeyFile, type Instance } from '@causeway/provisioning';
import { httpClient, type HttpClient } from './http-client.ts';
import { measure, type Figures } from '../load.ts';

export type StepOptions = { readonly instance: Instance; readonly durationMs: number; readonly pagesUrl: string };

/** Most steps that the default policy pack gives one run. */
const STEPS_PER_RUN = 1_000;
/** Different pages that the agents read, over and over. */
const PAGES = 64;

/**
 * Governed steps through the gateway: `network.http-fetch` of 1 KB from a server on this machine, each decided by policy, paid from a budget and
 * sealed before and after. Steps are spread over several runs, as those of several agents are. Throws when a step does not succeed.
 */
export async function governedSteps(
  { instance, durationMs, pagesUrl }: StepOptions,
  inFlight: number,
): Promise<Figures> {
  const operatorKey = readFileSync(operatorKeyFile(instance.home, 'local-operator'), 'utf8').trim();
  const client = httpClient(instance.gatewayUrl);
  const opened = JSON.parse((await expectOk(client.post('/v1/sessions', { agentId: 'bench' }, operatorKey))).body) as {
    session: { sessionId: string };
    token: string;
  };
  const runs = new RunPool(client, { operatorKey, sessionId: opened.session.sessionId });
  await runs.fill(Math.max(2, Math.ceil(inFlight / 4)));
  const figures = await measure({ inFlight, durationMs }, async (n) => {
    const body = { stepId: `s${n}`, capability: 'network.http-fetch', input: { url: `${pagesUrl}/${n % PAGES}.md` } };
    const answer = await expectOk(client.post(`/v1/runs/${await runs.next()}/steps`, body, opened.token));
    if (!answer.body.includes('"succeeded"')) throw new Error(`a step did not succeed: ${answer.body.slice(0, 400)}`);
  });
  client.close();
  return figures;
}

async function expectOk(pending: ReturnType<HttpClient['post']>): ReturnType<HttpClient['post']> {
  const answer = await pending;
  if (answer.status >= 300) throw new Error(`the gateway answered ${answer.status}: ${answer.body.slice(0, 400)}`);
  return answer;
}

/** Runs with steps left, taken in turn; one that is spent is replaced. */
class RunPool {
  readonly #client: HttpClient;
  readonly #session: { readonly operatorKey: string; readonly sessionId: string };
  #runs: { id: string; left: number }[] = [];
  #turn = 0;

  constructor(client: HttpClient, session: { readonly operatorKey: string; readonly sessionId: string }) {
    this.#client = client;
    this.#session = session;
  }

  async fill(count: number): Promise<void> {
    this.#runs = await Promise.all(Array.from({ length: count }, () => this.#start()));
  }

  async next(): Promise<string> {
    const slot = this.#turn++ % this.#runs.length;
    const run = this.#runs[slot]!;
    if (run.left-- > 0) return run.id;
    const fresh = await this.#start();
    if (this.#runs[slot] === run) this.#runs[slot] = fresh;
    fresh.left--;
    return fresh.id;
  }

  async #start(): Promise<{ id: string; left: number }> {
    const { operatorKey, sessionId } = this.#session;
    const body = { sessionId, goal: 'measure', budget: { steps: STEPS_PER_RUN }, predicate: { kind: 'never' } };
    const answer = await expectOk(this.#client.post('/v1/runs', body, operatorKey));
    return { id: (JSON.parse(answer.body) as { runId: string }).runId, left: STEPS_PER_RUN };
  }
}
