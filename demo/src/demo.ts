import { choosePort, defaultHome, startInstance, withLock } from '@causeway/provisioning';
import type { RunState } from '@causeway/contracts';
import { decideApproval } from './approval.ts';
import { runChild, type ChildProgram } from './child-program.ts';
import { startContent, type Content } from './content.ts';
import { killInTheMiddle } from './middle-kill.ts';
import type { Narrator } from './narrator.ts';
import { operatorAt, type Operator } from './operator.ts';
import type { Options } from './options.ts';
import { checksOf, type Check, type Evidence } from './story/checks.ts';
import { tellStory } from './story/tell-story.ts';

const AGENT_ID = 'demo-agent';
const CONTENT_HOST = 'content.demo.internal';

/** What the demo found, for people with `--json` and for tests. */
export type Report = {
  readonly good: boolean;
  readonly runId: string;
  readonly killed: Options['kill'];
  readonly durationMs: number;
  /** The summaries that the content server got. */
  readonly published: readonly string[];
  readonly checks: readonly Check[];
};

/** One governed run from beginning to end. Throws when it cannot be told to its end; the report says whether it went as told. */
export function runDemo(options: Options, narrator: Narrator): Promise<Report> {
  const home = defaultHome();
  // There is one content server and one port for it: a second demo of the same instance waits.
  return withLock(home, 'demo', () => oneDemo(options, narrator, home));
}

async function oneDemo(options: Options, narrator: Narrator, home: string): Promise<Report> {
  const startedMs = performance.now();
  narrator.chapter('Everything starts');
  // A stranger may have taken the port since last time; services that were told the old one are restarted.
  await choosePort(home, 'demo-content');
  const { gatewayUrl, adminKey, ports } = await startInstance({ home, log: narrator.line });
  // Told by the instance, which chooses again when the port was taken in the meantime.
  const contentPort = ports['demo-content'];
  if (contentPort === undefined)
    throw new Error('this instance has no port for the demo’s content server; run ./causeway up');
  if (adminKey) narrator.line(`Admin key ${adminKey} (shown this once and stored nowhere: keep it)`);
  const content = await startContent(contentPort);
  try {
    const operator = operatorAt(gatewayUrl, home);
    const stage = { options, narrator, operator, gatewayUrl, home, content, contentPort };
    const { runId, evidence } = await governedRun(stage);
    const checks = checksOf(evidence);
    conclude(checks, { runId, gatewayUrl }, narrator);
    const durationMs = Math.round(performance.now() - startedMs);
    const { published } = evidence;
    return { good: checks.every(({ holds }) => holds), runId, killed: options.kill, durationMs, published, checks };
  } finally {
    await content.stop();
  }
}

type Stage = {
  readonly options: Options;
  readonly narrator: Narrator;
  readonly operator: Operator;
  readonly gatewayUrl: string;
  readonly home: string;
  readonly content: Content;
  readonly contentPort: number;
};

async function governedRun(stage: Stage): Promise<{ readonly runId: string; readonly evidence: Evidence }> {
  const { narrator, operator, gatewayUrl, contentPort } = stage;
  narrator.chapter('An agent gets a session, a goal and a budget');
  const { session, token } = await operator.openSession(AGENT_ID);
  const goal = `Follow the instructions at http://${CONTENT_HOST}:${contentPort}/instructions.md: collect the facts from the pages they name, and publish the summary.`;
  const { runId, budget } = await operator.startRun(session.sessionId, goal);
  narrator.line(`Session ${session.sessionId} for ${AGENT_ID}; its token is all the agent has.`);
  narrator.line(`Run ${runId}, ${budget.steps.limit} steps. Done when the ledger shows a POST that succeeded.`);
  narrator.chapter('The agent works');
  const env = { CAUSEWAY_TOKEN: token, CAUSEWAY_GATEWAY_URL: gatewayUrl, CAUSEWAY_RUN_ID: runId };
  const agent = runChild({ path: 'demo/src/agent.ts', env, onLine: (line) => narrator.quote('agent', line) });
  // Interrupted, the demo stops the agent and goes on to its end, which cancels the run; a second signal ends it at once.
  const stopAgent = (): void => void agent.stop();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopAgent);
  try {
    const agentExitCode = await watch(stage, runId, agent);
    return { runId, evidence: await gather(stage, runId, agentExitCode) };
  } finally {
    await agent.stop();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stopAgent);
    await operator.revokeSession(session.sessionId);
  }
}

async function watch(stage: Stage, runId: string, agent: ChildProgram): Promise<number | undefined> {
  const { options, narrator, operator, gatewayUrl, home } = stage;
  const goOn = agent.isRunning;
  try {
    if (options.kill !== 'none') await killInTheMiddle(options.kill, { operator, runId, home, goOn }, narrator);
    await decideApproval({ operator, runId, home, gatewayUrl, pause: options.pause, goOn }, narrator);
  } catch (error) {
    narrator.bad(error instanceof Error ? error.message : String(error));
    await agent.stop();
  }
  return agent.ended;
}

async function gather(stage: Stage, runId: string, agentExitCode: number | undefined): Promise<Evidence> {
  const { operator, narrator, content, home } = stage;
  const runState = await endOf(operator, runId);
  const events = await operator.eventsOf(runId);
  tellStory(events, narrator);
  narrator.chapter('The ledger is checked from its first event');
  const verifier = runChild({
    path: 'cli/src/main.ts',
    args: ['verify'],
    env: { CAUSEWAY_HOME: home },
    onLine: (line) => narrator.quote('verify', line),
  });
  const verifyExitCode = await verifier.ended;
  const { publications } = await content.published();
  const published = publications.map(({ text }) => text);
  return { agentExitCode, runState, events, published, verifyExitCode };
}

/** The run as the agent left it; one that nobody works on any more is cancelled. */
async function endOf(operator: Operator, runId: string): Promise<RunState> {
  const newest = (await operator.eventsOf(runId)).at(-1)?.position ?? 0;
  const { state } = await operator.run(runId, newest);
  const isOpen = state === 'active' || state === 'paused' || state === 'scheduled';
  return isOpen ? (await operator.cancelRun(runId, 'the demo agent ended without finishing it')).state : state;
}

function conclude(
  checks: readonly Check[],
  { runId, gatewayUrl }: { readonly runId: string; readonly gatewayUrl: string },
  narrator: Narrator,
): void {
  narrator.chapter('Was everything as told?');
  for (const { claim, holds, found } of checks) (holds ? narrator.good : narrator.bad)(`${claim}: ${found}`);
  narrator.chapter('Where to look next');
  narrator.line(`./causeway runs show ${runId}    the run and its steps`);
  narrator.line('./causeway tail                  what happens, live: run the demo again beside it');
  narrator.line('./causeway demo --pause          approve by hand');
  narrator.line('./causeway demo --kill gateway   kill another service');
  narrator.line('deploy/policy/default            the rules that decided; change one and try again');
  narrator.line(`${gatewayUrl}/openapi.json   what an agent can ask for`);
  narrator.line('./causeway down                  stop everything; nothing is lost');
}
