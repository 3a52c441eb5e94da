import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpApi, type Problem, type RunView, type StepOutcome } from '@causeway/contracts';
import { instanceAccess, instanceStatus } from '@causeway/provisioning';
import { apiOf, type Answer, type Api, type Work } from '../api.ts';
import { startSystem, type System } from '../system.ts';
import { bodyOf, HOSTILE_KINDS, pathOf, startOddSite, verdictOf, type OddSite, type PageKind } from './odd-site.ts';

export type SoakStage = {
  readonly system: System;
  readonly api: Api;
  readonly site: OddSite;
  readonly urlOf: (path: string) => string;
  readonly stop: () => Promise<void>;
};

/** What was seen of requests that were made through egress-proxy, a part of them to hostile pages. */
export type SoakReport = {
  readonly requests: number;
  readonly seconds: number;
  /** How often each kind of page was asked for, and how often the step ended as it should. */
  readonly kinds: Readonly<Record<string, { readonly asked: number; readonly right: number }>>;
  /** Every answer that was another than it should be, and every sum that is not exact. Empty when all is well. */
  readonly wrong: readonly string[];
  /** Open sockets of egress-proxy, once it was warm and after all requests. */
  readonly sockets: { readonly before: number; readonly after: number };
  /** Its memory in MB after two thirds of the requests, when the engine has taken what it keeps in reserve, and after all of them. */
  readonly memoryMb: { readonly before: number; readonly after: number };
};

const IN_FLIGHT = 64;
const HOSTILE_EVERY = 20;
const STEPS_PER_RUN = 500;
const SETTLE_MS = 10_000;

/** A whole system, and a site that its policy lets agents read. */
export async function openSoakStage(): Promise<SoakStage> {
  const system = await startSystem();
  const port = instanceAccess(system.home).ports['demo-content'] ?? 0;
  const site = await startOddSite(port);
  return {
    ...{ system, site, api: apiOf(system) },
    urlOf: (path) => `http://content.demo.internal:${port}${path}`,
    stop: async () => {
      await site.close();
      await system.stop();
    },
  };
}

/**
 * Makes so many requests through runs of several agents, 64 at a time, every twentieth to a hostile page, each kind in turn. Looks at every answer,
 * and afterwards at every budget, at what egress-proxy sealed, and at its sockets and memory.
 */
export async function soak(stage: SoakStage, requests: number): Promise<SoakReport> {
  const { api, site } = stage;
  const works = await startWorks(api, Math.ceil(requests / STEPS_PER_RUN));
  const wrong: string[] = [];
  await all(IN_FLIGHT, (n) => ask(stage, works[n % works.length]!, { kind: 'good', n: requests + n }));
  const before = await look(stage);
  const kinds: Record<string, { asked: number; right: number }> = {};
  const began = performance.now();
  let late = before;
  await all(requests, async (n) => {
    if (n === Math.floor((2 * requests) / 3)) late = await look(stage);
    const kind = kindOf(n);
    const problem = problemOf(kind, n, await ask(stage, works[n % works.length]!, { kind, n }));
    const seen = (kinds[kind] ??= { asked: 0, right: 0 });
    seen.asked++;
    if (problem === undefined) seen.right++;
    else wrong.push(problem);
  });
  const seconds = (performance.now() - began) / 1_000;
  wrong.push(...(await wrongSums(api, works, requests + IN_FLIGHT)));
  const after = await settled(stage, before.sockets);
  if (site.open() > 0) wrong.push(`${site.open()} connections to the site are still open`);
  return {
    ...{ requests, seconds, kinds, wrong },
    sockets: { before: before.sockets, after: after.sockets },
    memoryMb: { before: late.memoryMb, after: after.memoryMb },
  };
}

const kindOf = (n: number): PageKind =>
  n % HOSTILE_EVERY === 0 ? HOSTILE_KINDS[(n / HOSTILE_EVERY) % HOSTILE_KINDS.length]! : 'good';

const startWorks = (api: Api, count: number): Promise<readonly Work[]> =>
  Promise.all(
    Array.from({ length: count }, (_, n) => api.startWork(`soaked-${n}`, { steps: STEPS_PER_RUN + IN_FLIGHT })),
  );

/** Does this for every number below `count`, so many at a time. */
async function all(count: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  async function worker(): Promise<void> {
    while (next < count) await one(next++);
  }
  await Promise.all(Array.from({ length: Math.min(count, IN_FLIGHT) }, worker));
}

type Asked = { readonly kind: PageKind; readonly n: number };
type Outcome = Answer<StepOutcome & Partial<Problem>>;

async function ask({ api, urlOf }: SoakStage, work: Work, { kind, n }: Asked): Promise<Outcome> {
  const input = { url: urlOf(pathOf(kind, n)) };
  const first = await api.step(work, `s${n}`, ['network.http-fetch', input]);
  const { token, runId } = work;
  let answer: Outcome = first;
  while (answer.body.state === 'started') {
    const asked = { token, params: { runId, stepId: `s${n}` }, query: { waitMs: 10_000 } };
    answer = await api.call<Outcome['body']>(httpApi.getStep, asked);
  }
  return answer;
}

function problemOf(kind: PageKind, n: number, { status, body }: Outcome): string | undefined {
  const due = verdictOf(kind);
  const got = body.rejection?.code ?? body.code ?? body.state;
  if (got !== due) return `${pathOf(kind, n)}: ${status} ${String(got)} where ${due} is due`;
  const text = (body.result?.value as { readonly body?: string } | undefined)?.body;
  return kind === 'good' && text !== bodyOf(n) ? `${pathOf(kind, n)}: the text of another page` : undefined;
}

type Fact = { readonly callId: string; readonly runId: string; readonly bytesIn: number; readonly bytesOut: number };

/** What does not fit: intents and facts beside the requests, and each run's budget beside what egress-proxy sealed of its calls. */
async function wrongSums(api: Api, works: readonly Work[], requests: number): Promise<readonly string[]> {
  const events = await api.events();
  const facts = events.filter(({ type }) => type.startsWith('egress.')).map(({ data }) => data as Fact);
  const calls = new Set(facts.map(({ callId }) => callId)).size;
  const intents = events.filter(({ type }) => type === 'step.started').length;
  const counts = { intents, facts: facts.length, calls };
  const isWrong = Object.values(counts).some((count) => count !== requests);
  const query = { minPosition: events.at(-1)?.position ?? 0 };
  const budgets = works.map(async ({ runId, token }) => {
    const { budget } = await api.good<RunView>(httpApi.getRun, { token, params: { runId }, query });
    return wrongMeters(
      budget,
      facts.filter((fact) => fact.runId === runId),
    ).map((what) => `${runId}: ${what}`);
  });
  return [
    ...(isWrong ? [`${JSON.stringify(counts)} were sealed for ${requests} requests`] : []),
    ...(await Promise.all(budgets)).flat(),
  ];
}

function wrongMeters(budget: RunView['budget'], facts: readonly Fact[]): readonly string[] {
  const sum = (meter: 'bytesIn' | 'bytesOut'): number => facts.reduce((total, fact) => total + fact[meter], 0);
  const due = { steps: facts.length, bytesIn: sum('bytesIn'), bytesOut: sum('bytesOut') };
  return (Object.keys(due) as (keyof typeof due)[])
    .filter((meter) => budget[meter]?.used !== due[meter] || budget[meter].reserved !== 0)
    .map((meter) => `${meter} is ${JSON.stringify(budget[meter])} where ${due[meter]} were used`);
}

type Look = { readonly sockets: number; readonly memoryMb: number };

async function look({ system }: SoakStage): Promise<Look> {
  const pid = (await instanceStatus(system.home)).find(({ name }) => name === 'egress-proxy')?.pid;
  if (pid === undefined) throw new Error('egress-proxy does not run');
  const folder = `/proc/${pid}/fd`;
  const sockets = readdirSync(folder).filter((fd) => isSocket(`${folder}/${fd}`)).length;
  const kB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { sockets, memoryMb: Math.round(kB / 1_024) };
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false;
  }
}

/** The last look, once there are no more sockets than before, or when they had their time to go. */
async function settled(stage: SoakStage, sockets: number): Promise<Look> {
  const until = Date.now() + SETTLE_MS;
  for (;;) {
    const seen = await look(stage);
    if ((seen.sockets <= sockets && stage.site.open() === 0) || Date.now() > until) return seen;
    await sleep(100);
  }
}
