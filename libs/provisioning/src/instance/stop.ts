import { silent, type Log } from '../log.ts';
import { stopNats } from '../nats/provision-nats.ts';
import { stopPostgres } from '../postgres/provision-postgres.ts';
import { withLock } from '../process/lock.ts';
import { runningProcess } from '../process/pid-file.ts';
import { defaultHome } from '../repository.ts';
import { stopService } from './service-process.ts';
import { PROCESS_NAMES } from './services.ts';

/**
 * Stops an instance: first the services and the witness, which finish what they have in hand (10 s, then they are killed), then NATS, then Postgres. Servers
 * given by URL are left alone. Data stays. Returns the names of what was running.
 */
export function stopInstance({
  home = defaultHome(),
  log = silent,
}: { readonly home?: string; readonly log?: Log } = {}): Promise<readonly string[]> {
  return withLock(home, 'instance', async () => {
    const running = [...PROCESS_NAMES, 'nats', 'postgres'].filter((name) => runningProcess(home, name));
    await Promise.all(
      PROCESS_NAMES.map(async (name) => {
        const inTime = await stopService(name, { home });
        if (!inTime) log(`${name} did not stop within 10 s and was killed`);
      }),
    );
    await stopNats(home);
    await stopPostgres(home);
    return running;
  });
}
