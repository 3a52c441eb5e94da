import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { httpApi, type JsonObject, type RecordedEvent, type RunView, type StepOutcome } from '@causeway/contracts';
import { STEP_CHANNEL, type StepPoint } from '@causeway/messaging';
import {
  instanceAccess,
  instanceStatus,
  operatorKeyFile,
  SERVICE_NAMES,
  startInstance,
  startService,
  waitReady,
  type ServiceName,
  type ServiceOverrides,
} from '@causeway/provisioning';
import { apiOf, type Api, type Work } from '../api.ts';
import { approve } from '../approve.ts';
import { policyCopy } from '../policy-copy.ts';
import { startSlowBoard, type SlowBoard } from '../slow-board.ts';
import { newHome, removeHome } from '../system.ts';

/** What the step does to the world: a read may be repeated, a write never. */
export type Effect = 'read' | 'write';
export type Blow = { readonly effect: Effect; readonly point: StepPoint; readonly service: ServiceName };

/** What was found after one blow. */
export type Found = Blow & {
  readonly end: StepOutcome['state'];
  /** How often the request arrived outside. */
  readonly arrived: number;
  readonly events: readonly RecordedEvent[];
  readonly run: RunView;
};

export type CrashStage = {
  readonly strike: (blow: Blow) => Promise<Found>;
  readonly stop: () => Promise<void>;
};

const POLL_MS = 20;
/** Short, so that what nobody will ever know is known to be so soon. */
const CALL_TIMEOUT_MS = 3_000;
const BOARD_DELAY_MS = 50;

/** A whole system whose services die where they are told to. */
export async function openCrashStage(): Promise<CrashStage> {
  const home = newHome();
  const planFile = join(home, 'crash-plan.json');
  const overrides = overridesOf(home, planFile);
  await startInstance({ home, overrides });
  const keyOf = (id: 'local-operator' | 'local-approver'): string =>
    readFileSync(operatorKeyFile(home, id), 'utf8').trim();
  const keys = { operator: keyOf('local-operator'), approver: keyOf('local-approver'), admin: '' };
  const api = apiOf({ ...instanceAccess(home), keys });
  const port = instanceAccess(home).ports['demo-content'] ?? 0;
  const board = await startSlowBoard(port, BOARD_DELAY_MS);
  let strikes = 0;

  async function strike(blow: Blow): Promise<Found> {
    const stepId = `s${++strikes}`;
    const work = await startWork(api, `agent-${stepId}`);
    const before = board.arrived();
    const pid = await pidOf(home, blow.service);
    const plan = once(() => writeFileSync(planFile, JSON.stringify({ point: blow.point, stepId, pid })));
    const outcome = outcomeOf({
      api,
      approver: keys.approver,
      work,
      stepId,
      request: requestOf(blow.effect, port),
      plan,
    });
    while (!plan.isMade() || existsSync(planFile)) await sleep(POLL_MS);
    while (isThere(pid)) await sleep(POLL_MS);
    await startService(blow.service, { home, overrides });
    await waitReady(blow.service, { home });
    const end = await outcome;
    const run = await ended(api, keys.operator, work);
    const events = await api.events({ runId: work.runId });
    return { ...blow, end, arrived: board.arrived() - before, events, run };
  }

  return { strike, stop: () => stopStage(home, board) };
}

async function stopStage(home: string, board: SlowBoard): Promise<void> {
  await board.close();
  await removeHome(home);
}

function overridesOf(home: string, planFile: string): ServiceOverrides {
  const variables = {
    CAUSEWAY_POLICY_DIR: policyCopy(home, CALL_TIMEOUT_MS),
    NODE_OPTIONS: `--import ${fileURLToPath(new URL('hook.ts', import.meta.url))}`,
    CRASH_CHANNEL: STEP_CHANNEL,
    CRASH_PLAN_FILE: planFile,
  };
  return Object.fromEntries(SERVICE_NAMES.map((name) => [name, variables]));
}

async function pidOf(home: string, service: ServiceName): Promise<number> {
  const pid = (await instanceStatus(home)).find(({ name }) => name === service)?.pid;
  if (pid === undefined) throw new Error(`${service} does not run`);
  return pid;
}

type Taking = {
  readonly api: Api;
  readonly approver: string;
  readonly work: Work;
  readonly stepId: string;
  readonly request: JsonObject;
  readonly plan: () => void;
};

/** Asks for the step until it has ended, as an agent does that was not answered, and grants it when it needs a person. */
async function outcomeOf(taking: Taking): Promise<StepOutcome['state']> {
  const { api, work, stepId, request, plan } = taking;
  if (request['method'] === 'GET') plan();
  for (;;) {
    const asked = await api.step(work, stepId, ['network.http-fetch', request]).catch(() => undefined);
    if (asked?.status === 200) return asked.body.state;
    if (asked?.status === 403) return 'denied';
    if (asked?.status === 202) await letGo(taking, asked.body);
    await sleep(POLL_MS);
  }
}

async function letGo({ api, approver, plan }: Taking, { state, approvalId }: StepOutcome): Promise<void> {
  if (state !== 'held' || approvalId === undefined) return;
  plan();
  await approve(api, approver, approvalId);
}

async function startWork(api: Api, agentId: string): Promise<Work> {
  for (;;) {
    const work = await api.startWork(agentId).catch(() => undefined);
    if (work) return work;
    await sleep(POLL_MS);
  }
}

async function ended(api: Api, operator: string, { runId }: Work): Promise<RunView> {
  for (;;) {
    const asked = { token: operator, params: { runId }, body: { reason: 'the trial is over' } };
    const { status, body } = await api
      .call<RunView>(httpApi.cancelRun, asked)
      .catch(() => ({ status: 0, body: undefined }));
    if (status === 200 && body) return body;
    await sleep(POLL_MS);
  }
}

function requestOf(effect: Effect, port: number): JsonObject {
  const at = `http://content.demo.internal:${port}`;
  return effect === 'read'
    ? { url: `${at}/pages/1`, method: 'GET' }
    : { url: `${at}/publish`, method: 'POST', body: 'once' };
}

/** The same work, done the first time only. */
function once(work: () => void): (() => void) & { readonly isMade: () => boolean } {
  let isMade = false;
  const make = (): void => {
    if (!isMade) work();
    isMade = true;
  };
  return Object.assign(make, { isMade: () => isMade });
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
