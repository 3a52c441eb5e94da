import { startServiceProcess, until, type ServiceProcess } from '@causeway/testing';
import type { Stage } from './stage.ts';

/** The replicas of the ledger, by name. */
export type Replicas = {
  readonly start: (instance: string, usurps?: 'usurps' | 'waits') => Promise<void>;
  readonly signal: (instance: string, signal: NodeJS.Signals) => void;
  readonly end: (instance: string, signal: NodeJS.Signals) => Promise<void>;
  /** The one that began the newest term, by the database. */
  readonly leader: () => Promise<{ readonly instance: string; readonly epoch: number }>;
  /** Resolves when every one of them says that it is ready and one of them leads. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** No replica yet. */
export function replicasOn(stage: Stage): Replicas {
  const running = new Map<string, ServiceProcess>();

  function named(instance: string): ServiceProcess {
    const found = running.get(instance);
    if (!found) throw new Error(`there is no replica ${instance}`);
    return found;
  }

  async function leader(): Promise<{ instance: string; epoch: number }> {
    const { rows } = await stage.admin.query<{ leader: string; epoch: string }>(
      'select leader, epoch from audit_ledger.ledger_head',
    );
    return { instance: rows[0]!.leader, epoch: Number(rows[0]!.epoch) };
  }

  const areReady = async (): Promise<boolean> => (await Promise.all([...running.values()].map(isReady))).every(Boolean);
  const leads = async (): Promise<boolean> => running.has((await leader()).instance);

  return {
    start: async (instance, usurps = 'waits') => {
      running.set(instance, await startServiceProcess('audit-ledger', stage.environment(instance, usurps)));
    },
    signal: (instance, signal) => void named(instance).kill(signal),
    end: async (instance, signal) => {
      await named(instance).kill(signal);
      running.delete(instance);
    },
    leader,
    settled: () =>
      until('every replica is ready', async () => (await areReady()) && (await leads().catch(() => false))),
    stop: async () => {
      await Promise.all([...running.values()].map((process) => process.kill('SIGKILL')));
      running.clear();
    },
  };
}

const isReady = ({ port }: ServiceProcess): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
