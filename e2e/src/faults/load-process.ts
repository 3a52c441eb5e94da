import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { natsPassword } from '@causeway/provisioning';
import { until } from '@causeway/testing';
import type { Stage } from './stage.ts';

/** An append that the ledger has acknowledged: from then on it must be there. */
export type Acknowledged = {
  readonly ids: readonly string[];
  readonly firstPosition: number;
  /** When, in ms since the epoch. */
  readonly at: number;
};
export type ToLoad = 'pause' | 'go on';
export type FromLoad = {
  readonly acknowledged: readonly Acknowledged[];
  /** How many answers said that the ledger cannot take anything now. */
  readonly refusals: number;
  /** Whether it pauses and everything that it sent was acknowledged. */
  readonly isQuiet: boolean;
  /** An answer that no fault explains. */
  readonly wrong?: string;
};

export type Load = {
  /** What was acknowledged so far, in the order of arrival here. */
  readonly acknowledged: readonly Acknowledged[];
  readonly refusals: () => number;
  /** Sends no more and resolves once all that was sent is acknowledged. */
  readonly pause: () => Promise<void>;
  readonly goOn: () => void;
  /** Throws what a client was told that no fault explains. */
  readonly check: () => void;
  readonly stop: () => void;
};

const PROCESSES = 2;

/** Starts the clients, each a process of its own. */
export function startLoad(stage: Stage): Load {
  const acknowledged: Acknowledged[] = [];
  const reports = new Map<string, FromLoad>();
  const wrong: string[] = [];
  const children = Array.from({ length: PROCESSES }, (_, number) => {
    const name = `load-${number}`;
    const child = startChild(stage, name);
    child.on('message', (report: FromLoad) => {
      acknowledged.push(...report.acknowledged);
      reports.set(name, report);
      if (report.wrong !== undefined) wrong.push(`${name}: ${report.wrong}`);
    });
    return child;
  });
  const tell = (message: ToLoad): void => {
    for (const child of children) if (child.connected) child.send(message);
  };
  function check(): void {
    if (wrong.length > 0) throw new Error(`a client was answered wrongly: ${wrong.join('; ')}`);
    const gone = children.findIndex(({ exitCode }) => exitCode !== null);
    if (gone !== -1) throw new Error(`the client load-${gone} ended`);
  }
  return {
    acknowledged,
    refusals: () => [...reports.values()].reduce((sum, { refusals }) => sum + refusals, 0),
    pause: async () => {
      tell('pause');
      await until('everything that was sent is acknowledged', () => {
        check();
        return reports.size === PROCESSES && [...reports.values()].every(({ isQuiet }) => isQuiet);
      });
    },
    goOn: () => {
      reports.clear();
      tell('go on');
    },
    check,
    stop: () => {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}

function startChild({ home, natsUrl }: Stage, name: string): ChildProcess {
  const program = fileURLToPath(new URL('./load.ts', import.meta.url));
  return spawn(process.execPath, ['--conditions=@causeway/source', program], {
    env: {
      PATH: process.env['PATH'],
      FAULTS_LOAD_NAME: name,
      FAULTS_NATS_URL: natsUrl,
      FAULTS_NATS_PASSWORD: natsPassword(home, 'run-orchestrator'),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
