import { connect } from 'node:net';
import { instanceRecord } from '../instance-record.ts';
import { natsRefusal } from '../nats/login.ts';
import { natsPassword } from '../nats/users.ts';
import { knownPorts, LOOPBACK } from '../ports.ts';
import { lastProcess, runningProcess } from '../process/pid-file.ts';
import { defaultHome } from '../repository.ts';
import { readyStatus } from './ready.ts';
import { PROCESS_NAMES, type ProcessName } from './services.ts';

export type ProcessStatus = {
  readonly name: string;
  /** `ended`: started and gone without having been stopped. `given`: named by URL, not a process of ours. */
  readonly state: 'running' | 'stopped' | 'ended' | 'given';
  readonly ready: boolean;
  readonly pid?: number;
  readonly port?: number;
  readonly startedAt?: string;
};

const CONNECT_TIMEOUT_MS = 2_000;

/** The state of everything that belongs to an instance, in the order it is started. Changes nothing. */
export function instanceStatus(home: string = defaultHome()): Promise<ProcessStatus[]> {
  const services = PROCESS_NAMES.map((name) => processStatus(home, name, (port) => serviceIsReady(port)));
  return Promise.all([serverStatus(home, 'postgres'), serverStatus(home, 'nats'), ...services]);
}

async function serverStatus(home: string, name: 'nats' | 'postgres'): Promise<ProcessStatus> {
  const { given = [], natsUrl, postgresUrl } = instanceRecord(home);
  const url = name === 'nats' ? natsUrl : postgresUrl;
  if (url && given.includes(name)) {
    return { name, state: 'given', ready: await serverAnswers(home, name, url), port: Number(new URL(url).port) };
  }
  return processStatus(home, name, (port) => serverAnswers(home, name, `${name}://${LOOPBACK}:${port}`));
}

async function processStatus(
  home: string,
  name: ProcessName | 'nats' | 'postgres',
  isReady: (port: number) => Promise<boolean>,
): Promise<ProcessStatus> {
  const running = runningProcess(home, name);
  if (running) {
    const { pid, port, startedAt } = running;
    return { name, state: 'running', ready: await isReady(port), pid, port, startedAt };
  }
  const port = knownPorts(home)[name];
  return { name, state: lastProcess(home, name) ? 'ended' : 'stopped', ready: false, ...(port && { port }) };
}

const serviceIsReady = async (port: number): Promise<boolean> => (await readyStatus(port)) === 200;

async function serverAnswers(home: string, name: 'nats' | 'postgres', url: string): Promise<boolean> {
  if (name === 'postgres') return canConnect(new URL(url));
  return (await natsRefusal({ url, user: 'sre', password: natsPassword(home, 'sre') })) === undefined;
}

function canConnect({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 5432), timeout: CONNECT_TIMEOUT_MS });
    const end = (connected: boolean): void => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
