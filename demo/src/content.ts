import { setTimeout as sleep } from 'node:timers/promises';
import { runChild, type ChildProgram } from './child-program.ts';
import { exchangeJson } from './http-json.ts';

export type Content = {
  readonly stop: ChildProgram['stop'];
  /** What the content server says it was given. */
  readonly published: () => Promise<{
    readonly count: number;
    readonly publications: readonly { readonly text: string }[];
  }>;
};

const READY_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

/** Starts the content server on a loopback port and waits until it answers. */
export async function startContent(port: number): Promise<Content> {
  const lines: string[] = [];
  const child = runChild({
    path: 'demo/src/content-server.ts',
    args: ['--port', String(port)],
    onLine: (line) => lines.push(line),
  });
  const url = new URL(`http://127.0.0.1:${port}/published`);
  const untilMs = Date.now() + READY_TIMEOUT_MS;
  // Our own server has said so, else the answer may come from a stranger on the same port.
  while (!lines.some((line) => line.startsWith('content server on'))) {
    if (!child.isRunning() || Date.now() > untilMs) {
      await child.stop();
      throw new Error(`the content server did not start on port ${port}: ${lines.slice(-3).join(' ')}`);
    }
    await sleep(POLL_MS);
  }
  return {
    stop: child.stop,
    published: async () =>
      (await exchangeJson({ method: 'GET', url })).body as Awaited<ReturnType<Content['published']>>,
  };
}
