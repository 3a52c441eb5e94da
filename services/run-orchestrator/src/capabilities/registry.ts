import type { RunOrchestratorEvent } from '@causeway/contracts';
import { recent, type LedgerPort } from '@causeway/eventing';
import type { Log } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import { capabilityStreamOf } from '../edge.ts';
import { findPresent, findVersion } from './capabilities.queries.ts';
import { knownCapability, type KnownCapability } from './known-capability.ts';

/** What steps can name now, kept ready in memory. Another replica's announcement is known here after a second at the latest. */
export type Registry = {
  /** A capability that is there now; undefined for any other id. */
  readonly get: (id: string) => KnownCapability | undefined;
  /** The same; looks once more before it says that there is none. */
  readonly find: (id: string) => Promise<KnownCapability | undefined>;
  /** A capability as it was when its descriptor had this digest; without one, as it is now. */
  readonly asOf: (id: string, digest: string | undefined) => Promise<KnownCapability | undefined>;
  readonly ids: () => readonly string[];
  /** Takes over what the views hold. */
  readonly refresh: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => void;
};

const EVERY_MS = 1_000;
/** Ids that nobody knows are not looked for more often than this. */
const LOOK_AGAIN_MS = 200;
const KEPT = 512;

type Options = {
  readonly pool: Pool;
  readonly ledger: LedgerPort;
  readonly log: Log;
  /** Makes an announced capability ready. */
  readonly make?: typeof knownCapability;
};

export function capabilityRegistry({ pool, ledger, log, make = knownCapability }: Options): Registry {
  const ready = recent<string, KnownCapability>(KEPT);
  let present: ReadonlyMap<string, KnownCapability> = new Map();
  let version = -1;
  let lookedMs = -Infinity;
  let refreshing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function made(descriptor: KnownCapability['descriptor'], digest: string): KnownCapability {
    const known = ready.get(digest);
    if (known) return known;
    const capability = make(descriptor, digest);
    ready.set(digest, capability);
    return capability;
  }

  async function look(): Promise<void> {
    lookedMs = performance.now();
    const newest = await findVersion(pool);
    if (newest === version) return;
    const documents = await findPresent(pool);
    present = new Map(documents.map(({ descriptor, digest }) => [descriptor.id, made(descriptor, digest)]));
    version = newest;
  }

  function refresh(): Promise<void> {
    refreshing ??= look().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  function again(): void {
    timer = setTimeout(() => {
      void refresh()
        .catch((err: unknown) => log.warn({ err }, 'the list of capabilities could not be read; trying again'))
        .then(() => {
          if (timer !== undefined) again();
        });
    }, EVERY_MS);
  }

  /** From the ledger itself: a step may outlive the capability that it was started with. */
  async function fromHistory(id: string, digest: string): Promise<KnownCapability | undefined> {
    for (const recorded of await ledger.readStream(capabilityStreamOf(id), 1)) {
      const event = recorded as unknown as RunOrchestratorEvent;
      if (event.type !== 'capability.announced' && event.type !== 'capability.changed') continue;
      if (event.data.digest === digest) return made(event.data.descriptor, digest);
    }
    return undefined;
  }

  return {
    refresh,
    get: (id) => present.get(id),
    find: async (id) => {
      const known = present.get(id);
      if (known || performance.now() - lookedMs < LOOK_AGAIN_MS) return known;
      await refresh();
      return present.get(id);
    },
    asOf: async (id, digest) => {
      const now = present.get(id);
      if (digest === undefined || now?.digest === digest) return now;
      return ready.get(digest) ?? fromHistory(id, digest);
    },
    ids: () => [...present.keys()].sort(),
    start: async () => {
      await refresh();
      again();
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
