import {
  announceBy,
  announcementOf,
  isRetryable,
  type AnnouncedCapability,
  type CapabilityContract,
} from '@causeway/contracts';
import type { Bus } from './bus.ts';
import type { Log } from './log.ts';

export type AnnounceOptions = {
  readonly bus: Pick<Bus, 'request'>;
  /** The bus user of the provider: it may announce under no other name. */
  readonly owner: string;
  /** Everything that the provider can do; what it announced before and is not here is removed. */
  readonly capabilities: readonly AnnouncedCapability[];
  readonly log: Log;
  /** How long to wait between attempts, in ms; default 500. */
  readonly retryMs?: number;
};

export type Announcer = {
  /** Whether the announcement was taken: before that no step can name these capabilities. */
  readonly isAnnounced: () => boolean;
  /** Resolves once it was taken, or refused for good. */
  readonly settled: Promise<void>;
  readonly stop: () => void;
};

/**
 * Announces what a provider can do, until run-orchestrator takes it. A refusal that would come again is told in the log and not tried again: the
 * provider is then not ready.
 */
export function announceCapabilities(options: AnnounceOptions): Announcer {
  const { bus, owner, capabilities, log, retryMs = 500 } = options;
  const actor = { kind: 'system', id: owner } as const;
  let announced = false;
  let stopped = false;

  /** Whether there is nothing left to try. */
  async function attempt(): Promise<boolean> {
    const meta = { id: `announce-${crypto.randomUUID()}`, actor };
    const reply = await bus.request(announceBy(owner), { capabilities: [...capabilities] }, meta, {
      timeoutMs: 10_000,
    });
    announced = reply.ok;
    if (reply.ok) return true;
    const { code, detail, errors } = reply.rejection;
    if (isRetryable(code)) return false;
    log.error({ code, detail, errors }, 'the capabilities were refused; they can be named by no step');
    return true;
  }

  async function announce(): Promise<void> {
    while (!stopped && !(await attempt().catch(() => false))) {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  return {
    isAnnounced: () => announced,
    settled: announce(),
    stop: () => {
      stopped = true;
    },
  };
}

/** What these bundled contracts announce of themselves. */
export const announcementsOf = (contracts: readonly unknown[]): readonly AnnouncedCapability[] =>
  contracts.map((contract) => announcementOf(contract as CapabilityContract));
