import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { taken } from './handover.ts';
import { proxyVariables } from './proxy-variables.ts';

/** The agent in a container of its own: waits for its token, then works like anywhere else. */
const FILE = '/handover/agent.json';
const WAIT_MS = 120_000;

const until = Date.now() + WAIT_MS;
let handover = taken(FILE);
while (!handover && Date.now() < until) {
  await sleep(200);
  handover = taken(FILE);
}
if (!handover) throw new Error(`nobody left a token in ${FILE} within ${WAIT_MS} ms`);
rmSync(FILE);
process.env['CAUSEWAY_TOKEN'] = handover.token;
process.env['CAUSEWAY_RUN_ID'] = handover.runId;
process.env['CAUSEWAY_GATEWAY_URL'] = handover.gatewayUrl;
// For the programs that an agent starts: their requests are steps of its run, decided like its own.
Object.assign(process.env, proxyVariables(handover, process.env['CAUSEWAY_FORWARD_PROXY']));
await import('../agent.ts');
