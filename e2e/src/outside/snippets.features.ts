import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';
import { runProgram } from '@causeway/testing';
import type { Stage } from './openai-client.features.ts';
import { SAID } from './provider-formats.ts';

const snippets = [
  ...readFileSync(join(repositoryRoot, 'docs', 'model-calls.md'), 'utf8').matchAll(/```js\n(.*?)```/gs),
];

/** Runs the programs of the page as they stand there. */
export function testSnippets(stage: () => Stage): void {
  it('is what the page on model calls shows, and does what it says', async () => {
    const { api, system } = stage();
    const { runId, token } = await api.startWork('agent-reader');
    const env = { CAUSEWAY_URL: system.gatewayUrl, CAUSEWAY_RUN: runId, CAUSEWAY_TOKEN: token };
    const ran = await Promise.all(
      snippets.map(([, code = '']) =>
        runProgram(process.execPath, ['--input-type=module', '--eval', code], { env, cwd: repositoryRoot }),
      ),
    );
    expect(ran).toEqual(ran.map(() => ({ code: 0, stdout: `${SAID.hello.join('')}\n`, stderr: '' })));
    expect(ran.length).toBeGreaterThanOrEqual(2);
  }, 60_000);
}
