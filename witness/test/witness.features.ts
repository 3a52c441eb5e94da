import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ORIGIN } from './test-log.features.ts';

const ROOT = resolve(import.meta.dirname, '..');
const BUILT = [join(ROOT, 'dist', 'main.js')];
export const NAME = 'w.test/1';

/** What an HTTP answer says. */
export type Told = {
  readonly status: number;
  readonly type: string | null;
  readonly allow?: string;
  readonly body: string;
};

export type WitnessProcess = {
  readonly port: number;
  readonly output: () => string;
  /** Sends a signal, SIGTERM unless told otherwise; resolves to the exit code, null when the signal ended it. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<number | null>;
  readonly submit: (body: string | Uint8Array<ArrayBuffer>) => Promise<Told>;
  readonly get: (path: string, method?: string) => Promise<Told>;
};

/** A folder for a witness, and the file that says whom it trusts. */
export type Place = {
  readonly stateDir: string;
  readonly logsFile: string;
  readonly trust: (...vkeys: readonly string[]) => void;
  readonly remove: () => void;
};

export function newPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-witness-test-'));
  const logsFile = join(folder, 'logs.json');
  return {
    stateDir: join(folder, 'state'),
    logsFile,
    trust: (...vkeys) => writeFileSync(logsFile, JSON.stringify({ logs: [{ origin: ORIGIN, vkeys }] })),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Starts the built witness; resolves once it serves, rejects with what it wrote when it ends before. */
export const startWitness = (place: Place, name = NAME): Promise<WitnessProcess> => launch(place, name, BUILT);

/** Starts a witness whose memory stops for ever, `before` or `after` it has kept what it is about to vouch for, and says so. */
export const startStuckWitness = (place: Place, when: 'before' | 'after'): Promise<WitnessProcess> =>
  launch(place, NAME, ['--conditions=@causeway/source', join(ROOT, 'test', 'stuck-witness.ts'), when]);

async function launch({ stateDir, logsFile }: Place, name: string, args: readonly string[]): Promise<WitnessProcess> {
  if (!existsSync(BUILT[0] ?? '')) throw new Error(`${BUILT[0]} does not exist; run npm run build first`);
  const child = spawn(process.execPath, args, {
    env: {
      PATH: process.env['PATH'],
      ...{ CAUSEWAY_WITNESS_NAME: name, CAUSEWAY_WITNESS_STATE_DIR: stateDir, CAUSEWAY_WITNESS_LOGS_FILE: logsFile },
      CAUSEWAY_HTTP_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  let output = '';
  const port = await new Promise<number>((found, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const serving = output.split('\n').find((line) => line.includes('"msg":"serving"') && line.endsWith('}'));
      if (serving) found((JSON.parse(serving) as { port: number }).port);
    });
    void exited.then((code) => reject(new Error(`the witness ended with status ${code}; it wrote:\n${output}`)));
  });
  const url = `http://127.0.0.1:${port}`;
  const told = async (answer: Response): Promise<Told> => ({
    ...{ status: answer.status, type: answer.headers.get('content-type') },
    ...(answer.headers.has('allow') ? { allow: answer.headers.get('allow') ?? '' } : {}),
    body: await answer.text(),
  });
  return {
    port,
    output: () => output,
    kill: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
    submit: async (body) => told(await fetch(`${url}/add-checkpoint`, { method: 'POST', body })),
    get: async (path, method = 'GET') => told(await fetch(`${url}${path}`, { method })),
  };
}
