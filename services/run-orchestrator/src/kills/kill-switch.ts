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
  const kills = async (): Promise<Kills> => (known ??= await handler.load(KILLS));

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
      if (events.some(({ type }) => type.startsWith('kill.'))) known = await handler.load(KILLS);
    },
    know: (newest) => {
      known = newest;
    },
  };
}
