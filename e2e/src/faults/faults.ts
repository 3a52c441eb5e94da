import { setTimeout as sleep } from 'node:timers/promises';
import { terminate } from '@causeway/provisioning';
import { until } from '@causeway/testing';
import type { Load } from './load-process.ts';
import type { Replicas } from './replicas.ts';
import type { Stage } from './stage.ts';

export type Scene = {
  readonly stage: Stage;
  readonly replicas: Replicas;
  readonly load: Load;
  /** How long a leader is stopped, in ms. */
  readonly stopMs: number;
};

/** Something that goes wrong. */
export type Fault = {
  readonly name: string;
  readonly does: string;
  /** Whether another replica has to take over. */
  readonly unseats: boolean;
  /** Does the harm and makes good again what an operator would. Throws when the harm could not be done: then the round shows nothing. */
  readonly strike: (scene: Scene) => Promise<void>;
};

async function leaderIn({ replicas }: Scene): Promise<string> {
  return (await replicas.leader()).instance;
}

async function killLeader(scene: Scene): Promise<void> {
  const leader = await leaderIn(scene);
  await scene.replicas.end(leader, 'SIGKILL');
  await successorOf(leader, scene);
  await scene.replicas.start(leader);
}

const successorOf = (leader: string, scene: Scene): Promise<void> =>
  until('another replica leads', async () => (await leaderIn(scene)) !== leader);

async function stopLeader(scene: Scene): Promise<void> {
  const leader = await leaderIn(scene);
  scene.replicas.signal(leader, 'SIGSTOP');
  try {
    await Promise.all([successorOf(leader, scene), sleep(scene.stopMs)]);
  } finally {
    scene.replicas.signal(leader, 'SIGCONT');
  }
}

async function loseAnswer({ stage, load }: Scene): Promise<void> {
  await stage.way.loseNextAnswer();
  load.check();
}

const TERMINATE_WRITERS = `
select pg_terminate_backend(pid) from pg_stat_activity where application_name like '% writer' and datname = current_database()`;

async function terminateBackends({ stage }: Scene): Promise<void> {
  let ended = 0;
  for (let time = 0; time < 5; time++) {
    ended += (await stage.admin.query(TERMINATE_WRITERS)).rowCount ?? 0;
    await sleep(20 + 90 * time);
  }
  if (ended === 0) throw new Error('there was no connection to end');
}

const endServer =
  (name: 'nats' | 'postgres', signal: NodeJS.Signals) =>
  async ({ stage }: Scene): Promise<void> => {
    await terminate(stage.home, name, { signal, graceMs: 20_000 });
    await stage.startServers();
  };

const OUT_OF_ROOM_MS = 1_000;

async function fillDisk({ stage, load }: Scene): Promise<void> {
  const owner = stage.postgresPid();
  const before = load.refusals();
  await stage.disk.fill(owner);
  try {
    await until('the ledger refuses for want of room', () => load.refusals() > before);
    await sleep(OUT_OF_ROOM_MS);
  } finally {
    await stage.disk.free(owner);
  }
  await stage.startServers();
}

const USURPER = 'ledger-usurper';
const DUEL_EPOCHS = 4;

/** A replica whose database gives it the lock although another holds it: both write, as often as each can begin a term. */
async function twoLeaders({ replicas }: Scene): Promise<void> {
  const { epoch } = await replicas.leader();
  await replicas.start(USURPER, 'usurps');
  await until('the leaders have deposed each other several times', async () => {
    return (await replicas.leader()).epoch >= epoch + DUEL_EPOCHS;
  });
  await replicas.end(USURPER, 'SIGKILL');
}

/** All that a ledger is to survive without losing, repeating or forking anything that it acknowledged. */
export const FAULTS: readonly Fault[] = [
  { name: 'leader-killed', does: 'SIGKILL to the leader', unseats: true, strike: killLeader },
  { name: 'leader-stopped', does: 'SIGSTOP to the leader, later SIGCONT', unseats: true, strike: stopLeader },
  { name: 'answer-lost', does: 'a commit whose answer and connection get lost', unseats: false, strike: loseAnswer },
  { name: 'backend-ended', does: 'pg_terminate_backend, again and again', unseats: false, strike: terminateBackends },
  {
    name: 'postgres-restart',
    does: 'Postgres stopped and started',
    unseats: false,
    strike: endServer('postgres', 'SIGINT'),
  },
  {
    name: 'postgres-crash',
    does: 'Postgres ended at once and started',
    unseats: false,
    strike: endServer('postgres', 'SIGQUIT'),
  },
  { name: 'nats-restart', does: 'NATS stopped and started', unseats: false, strike: endServer('nats', 'SIGTERM') },
  { name: 'nats-killed', does: 'SIGKILL to NATS', unseats: false, strike: endServer('nats', 'SIGKILL') },
  { name: 'disk-full', does: 'no room for Postgres, then room again', unseats: false, strike: fillDisk },
  { name: 'two-leaders', does: 'a second leader whose lock is false', unseats: false, strike: twoLeaders },
];
