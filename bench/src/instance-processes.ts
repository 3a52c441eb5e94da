import { instanceStatus, type Instance, type ServiceName } from '@causeway/provisioning';
import type { ProcessorClock } from './contestant.ts';
import { ownProcessorTime, processorTimeOf, programOf, type ProcessesByPart } from './processor-time.ts';

export type Watched = {
  readonly services: readonly ServiceName[];
  /** Further processes, by part. */
  readonly others?: ProcessesByPart;
};

/**
 * Reads what Postgres, NATS and some services of an instance have used, each under its own name, and this process and `others.load` as `load`.
 * Undefined where a server does not run as a process of its own.
 */
export async function clockOf(instance: Instance, { services, others = {} }: Watched): Promise<ProcessorClock> {
  const status = await instanceStatus(instance.home);
  const pidOf = (name: string, program = ''): readonly number[] | undefined => {
    const pid = status.find((each) => each.name === name)?.pid;
    return pid !== undefined && programOf(pid)?.startsWith(program) ? [pid] : undefined;
  };
  const postgres = pidOf('postgres', 'postgres');
  const nats = pidOf('nats', 'nats');
  const named = services.map((name) => [name, pidOf(name)] as const);
  if (!postgres || !nats || named.some(([, pids]) => !pids)) return async () => undefined;
  const { load = [], ...rest } = others;
  const parts = { ...(Object.fromEntries(named) as ProcessesByPart), postgres, nats, ...rest, load };
  return async () => withOwn(processorTimeOf(parts));
}

/** {@link processorTimeOf}, with this process added to `load`. */
export const withOwn = (time: ReturnType<typeof processorTimeOf>): ReturnType<typeof processorTimeOf> =>
  time && { ...time, load: (time['load'] ?? 0) + ownProcessorTime() };
