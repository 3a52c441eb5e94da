import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALLOCATOR, nodeArguments, readyStatus, repositoryRoot, type ServiceName } from '@causeway/provisioning';

export type ServiceProcess = {
  /** Port of its health listener, or of its API. */
  readonly port: number;
  readonly pid: number;
  /** Resolves once it answers 200 on `/readyz`: what it needs is there, and what it can do can be named. Throws after 50 s. */
  readonly ready: () => Promise<void>;
  /** Everything it wrote to standard output and standard error so far. */
  readonly output: () => string;
  /** Sends a signal, SIGTERM unless told otherwise, and resolves to the exit code once the process is gone; null when the signal ended it. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<number | null>;
  readonly exited: Promise<number | null>;
};

const READY_TIMEOUT_MS = 50_000;
const READY_POLL_MS = 50;
const INHERITED = ['PATH', 'HOME', 'TZ'];

/**
 * Starts the built service (`services/<name>/dist/main.js`) as a process of its own, as the launcher does, and resolves once it says that it
 * serves. Throws, with what the process wrote, when it ends before or does not serve within 50 s. `env` is all it is told: see `environment` of
 * testInfrastructure.
 * @param through words before the command, such as those that run it in a network of its own
 */
export async function startServiceProcess(
  name: ServiceName,
  env: Readonly<Record<string, string>>,
  through: readonly string[] = [],
): Promise<ServiceProcess> {
  const main = join(repositoryRoot, 'services', name, 'dist', 'main.js');
  if (!existsSync(main)) throw new Error(`${main} does not exist; run npm run build first`);
  const inherited = Object.fromEntries(INHERITED.map((variable) => [variable, process.env[variable]]));
  const [program = process.execPath, ...args] = [...through, process.execPath, ...nodeArguments(name), main];
  const child = spawn(program, args, {
    cwd: repositoryRoot,
    env: { ...inherited, ...ALLOCATOR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const chunks: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name} ${why}; it wrote:\n${chunks.join('')}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`did not serve within ${READY_TIMEOUT_MS} ms`);
    }, READY_TIMEOUT_MS);
    const listen = (chunk: Buffer) => {
      chunks.push(chunk.toString('utf8'));
      const served = servingPort(chunks.join(''));
      if (served === undefined) return;
      clearTimeout(timer);
      resolve(served);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void exited.then((code) => {
      clearTimeout(timer);
      fail(`ended with status ${code} before it served`);
    });
  });
  return {
    port,
    pid: child.pid ?? 0,
    exited,
    ready: async () => {
      const until = Date.now() + READY_TIMEOUT_MS;
      while ((await readyStatus(port)) !== 200) {
        if (Date.now() >= until)
          throw new Error(`${name} was not ready within ${READY_TIMEOUT_MS} ms; it wrote:\n${chunks.join('')}`);
        await sleep(READY_POLL_MS);
      }
    },
    output: () => chunks.join(''),
    kill: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
}

/** The port in the log line by which a service says that it serves. */
function servingPort(output: string): number | undefined {
  const line = output.split('\n').find((text) => text.includes('"msg":"serving"') && text.endsWith('}'));
  return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
}
