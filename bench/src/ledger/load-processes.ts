import { natsPassword, type Instance } from '@causeway/provisioning';
import { startChild, type Child } from '../child.ts';
import { figuresOf, type Figures, type LoadOptions, type Sample } from '../load.ts';
import { WRITER } from './events.ts';

export type LedgerLoad = LoadOptions & { readonly eventsEach: number };

/** Processes that append over the bus. */
export type LoadProcesses = {
  /** Puts the load on, shared between the processes, and resolves to events a second and the latencies of appends. */
  readonly measure: (load: LedgerLoad) => Promise<Figures>;
  readonly pids: readonly number[];
  readonly stop: () => Promise<void>;
};

const PROCESSES = 2;

/** Starts them. `profileFolder`: where they leave profiles of their processor time. */
export async function loadProcesses(
  instance: Instance,
  options: { readonly streams: number; readonly profileFolder?: string },
): Promise<LoadProcesses> {
  const env = {
    BENCH_NATS_URL: instance.natsUrl,
    BENCH_NATS_PASSWORD: natsPassword(instance.home, WRITER),
    BENCH_STREAMS: String(Math.ceil(options.streams / PROCESSES)),
    ...(options.profileFolder === undefined ? {} : profiled(options.profileFolder, 'load')),
  };
  const children = await Promise.all(
    Array.from({ length: PROCESSES }, () => startChild('./ledger/load-process.ts', env)),
  );
  return {
    measure: async (load) => {
      const shares = children.map((child, index) => ({ child, load: shareOf(load, index) }));
      const busy = shares.filter((share) => share.load.inFlight > 0);
      const samples = await Promise.all(busy.map((share) => callFor(share.child, share.load)));
      return figuresOf(samples, load.eventsEach);
    },
    pids: children.map(({ pid }) => pid),
    stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
  };
}

const callFor = async (child: Child, load: LedgerLoad): Promise<Sample> => (await child.call(load)) as Sample;

/** One in flight is one in flight, in one process. */
function shareOf(load: LedgerLoad, index: number): LedgerLoad {
  const part = (whole: number) => Math.floor((whole + PROCESSES - 1 - index) / PROCESSES);
  const { most = Infinity, inFlight } = load;
  const users = Math.min(PROCESSES, inFlight);
  return { ...load, inFlight: part(inFlight), most: most / users };
}

/** What a Node process is told so that it leaves a profile when it ends. */
export const profiled = (folder: string, name: string): { readonly NODE_OPTIONS: string } => ({
  NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}/${name}`,
});
