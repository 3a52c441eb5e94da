import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { taken } from './handover.ts';

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
await import('../agent.ts');
