import type { Bus, Log } from '@causeway/messaging';
import type { LivePacks } from './packs.ts';

/** Sealed before anybody hears of them. */
const HEARD = ['policy.activated', 'policy.revoked'] as const;
/** A message may be lost: this much later, in ms, the ledger is asked anyway. */
const LOOK_EVERY_MS = 5_000;

/** Reads on as soon as the log says that policy changed, and now and then. Returns how to end that. */
export function hearPolicy(bus: Pick<Bus, 'subscribe'>, packs: Pick<LivePacks, 'refresh'>, log: Log): () => void {
  const read = (): void => {
    packs.refresh().catch((err: unknown) => log.warn({ err }, 'what is in force could not be read; it is tried again'));
  };
  for (const type of HEARD) bus.subscribe(`audit.${type}.*`, read);
  const timer = setInterval(read, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
