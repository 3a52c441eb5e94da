import { natsRefusal } from '../nats/login.ts';
import { natsPassword } from '../nats/users.ts';
import { knownPorts, LOOPBACK, probePort, type PortName } from '../ports.ts';
import { lastProcess, runningProcess, type KnownProcess } from '../process/pid-file.ts';
import { defaultHome } from '../repository.ts';
import { readyStatus } from './ready.ts';
import { SERVICE_NAMES } from './services.ts';

export type ProcessStatus = {
  readonly name: string;
  /** `ended` is what was started and is gone without having been stopped. */
  readonly state: 'running' | 'stopped' | 'ended';
  readonly ready: boolean;
  readonly pid?: number;
  readonly port?: number;
  readonly startedAt?: string;
};

/** The state of everything that belongs to an instance, in the order it is started. Changes nothing. */
export function instanceStatus(home: string = defaultHome()): Promise<ProcessStatus[]> {
  return Promise.all((['postgres', 'nats', ...SERVICE_NAMES] as const).map((name) => statusOf(home, name)));
}

async function statusOf(home: string, name: PortName): Promise<ProcessStatus> {
  const running = runningProcess(home, name);
  const port = running?.port ?? knownPorts(home)[name];
  if (!running) {
    return { name, state: lastProcess(home, name) ? 'ended' : 'stopped', ready: false, ...(port && { port }) };
  }
  const { pid, startedAt } = running;
  return { name, state: 'running', ready: await isReady(home, name, running), pid, port: running.port, startedAt };
}

async function isReady(home: string, name: PortName, { port }: KnownProcess): Promise<boolean> {
  if (name === 'postgres') return (await probePort(port)) === undefined;
  if (name !== 'nats') return (await readyStatus(port)) === 200;
  const login = { url: `nats://${LOOPBACK}:${port}`, user: 'sre', password: natsPassword(home, 'sre') };
  return (await natsRefusal(login)) === undefined;
}
