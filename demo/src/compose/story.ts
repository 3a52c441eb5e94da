import { setTimeout as sleep } from 'node:timers/promises';
import { decideApproval } from '../approval.ts';
import { narratorTo } from '../narrator.ts';
import { operatorAt } from '../operator.ts';
import { tellStory } from '../story/tell-story.ts';
import { leave } from './handover.ts';

/** The demo's people, in a container: open a session, start the run, hand the token over, approve, and tell how it went. */
const gatewayUrl = process.env['CAUSEWAY_GATEWAY_URL'] ?? 'http://gateway:8080';
const content = process.env['CAUSEWAY_DEMO_CONTENT'] ?? 'content.demo.internal:4790';
const HOME = '/run/causeway';
const PATIENCE_MS = 120_000;

const narrator = narratorTo(process.stdout);
const operator = operatorAt(gatewayUrl, HOME);

async function untilOver(runId: string, until: number): Promise<string> {
  for (;;) {
    const { state } = await operator.run(runId);
    if ((state !== 'active' && state !== 'paused') || Date.now() > until) return state;
    await sleep(250);
  }
}

async function main(): Promise<number> {
  const { session, token } = await operator.openSession('demo-agent');
  const goal = `Follow the instructions at http://${content}/instructions.md: collect the facts from the pages they name, and publish the summary.`;
  const { runId } = await operator.startRun(session.sessionId, goal);
  narrator.line(
    `Run ${runId} for the agent in its own container; its token is all it has, and the gateway all it can reach.`,
  );
  leave('/handover/agent.json', { token, runId, gatewayUrl });
  const until = Date.now() + PATIENCE_MS;
  await decideApproval(
    { operator, runId, home: HOME, gatewayUrl, pause: false, goOn: () => Date.now() < until },
    narrator,
  );
  const state = await untilOver(runId, until);
  tellStory(await operator.eventsOf(runId), narrator);
  (state === 'done' ? narrator.good : narrator.bad)(`the run is ${state}`);
  return state === 'done' ? 0 : 1;
}

process.exitCode = await main();
