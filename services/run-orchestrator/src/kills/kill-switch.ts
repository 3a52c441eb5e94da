import type { Rejection } from '@causeway/contracts';
import type { Recorded } from '@causeway/eventing';
import type { Handlers } from '../handlers.ts';
import { KILLS, stands, type Kill, type Kills } from './domain/kill.ts';

/** What this process knows of the kill switch: read once from the ledger, then as the log tells. */
export type KillSwitch = {
  /** Why an agent may not begin anything now; undefined when it may. Asks the ledger only the first time. */
  readonly refusal: (agentId: string) => Promise<Rejection | undefined>;
  readonly kills: () => Promise<Kills>;
  /** Takes note of kills among these events. */
  readonly hear: (events: readonly Pick<Recorded, 'type'>[]) => Promise<void>;
  /** Takes note of a state that the ledger has. */
  readonly know: (kills: Kills) => void;
};

export function killSwitch({ kills: handler }: Pick<Handlers, 'kills'>): KillSwitch {
  let known: Kills | undefined;
  /** What was asked earlier may be answered later: only what has come further is taken. */
  const know = (newest: Kills): Kills => {
    known = known === undefined || progress(newest) >= progress(known) ? newest : known;
    return known;
  };
  const kills = async (): Promise<Kills> => known ?? know(await handler.load(KILLS));

  const reaches = (agentId: string, kill: Kill): boolean =>
    stands(kill) && (kill.target.scope !== 'agent' || kill.target.agentId === agentId);

  return {
    kills,
    refusal: async (agentId) => {
      const kill = (await kills()).find((one) => reaches(agentId, one));
      if (kill === undefined) return undefined;
      const what = kill.target.scope === 'agent' ? `the agent ${agentId}` : 'everything';
      const detail = `${kill.pulledBy} stopped ${what} at ${kill.pulledAt} (${kill.killId}); an administrator has to lift that first`;
      return { code: 'KILLED', detail, facts: { killId: kill.killId } };
    },
    hear: async (events) => {
      if (events.some(({ type }) => type.startsWith('kill.'))) know(await handler.load(KILLS));
    },
    know: (newest) => void know(newest),
  };
}

const REACHED = { pulled: 1, completed: 2, lifted: 3 } as const;
/** Grows with every kill that is pulled, completed or lifted. */
const progress = (kills: Kills): number => kills.reduce((sum, { state }) => sum + REACHED[state], 0);
