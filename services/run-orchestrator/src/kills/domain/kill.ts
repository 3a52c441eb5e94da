import type { KillTarget, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';

/** The one stream of the kill switch. */
export const KILLS = 'kills';

export type Kill = {
  readonly killId: string;
  readonly target: KillTarget;
  readonly state: 'pulled' | 'completed' | 'lifted';
  readonly pulledBy: string;
  readonly pulledAt: string;
  readonly reason: string;
  readonly stopped?: { readonly runs: number; readonly sessions: number };
  readonly lifted?: { readonly by: string; readonly at: string };
};
/** Every kill there was, oldest first: they are few. */
export type Kills = readonly Kill[];

type Asked = { readonly killId: string; readonly at: string };
export type KillCommand =
  | ({ readonly type: 'pull'; readonly target: KillTarget; readonly reason: string; readonly by: string } & Asked)
  | ({ readonly type: 'complete'; readonly runs: number; readonly sessions: number } & Asked)
  | ({ readonly type: 'lift'; readonly reason: string; readonly by: string } & Asked);

type Event = RunOrchestratorEvent;
type Decided = Decision<Event, Rejection>;

/** The rules of the kill switch: pulled once, completed once it stopped what it named, lifted where it stands. */
export const killDecider: Decider<Kills, KillCommand, Event, Rejection> = { initialState: () => [], decide, evolve };

/** Whether it refuses what is new, until it is lifted. */
export const stands = ({ target, state }: Kill): boolean =>
  state !== 'lifted' && (target.scope === 'agent' || target.scope === 'everything');

function decide(command: KillCommand, kills: Kills): Decided {
  const known = kills.find(({ killId }) => killId === command.killId);
  if (command.type === 'pull') return pull(command, known);
  if (!known) return refuse({ code: 'KILL_NOT_FOUND', detail: `there is no kill ${command.killId}; check the id` });
  return command.type === 'lift' ? lift(command, known) : complete(command, known);
}

function pull(
  { killId, target, reason, by: pulledBy, at }: Extract<KillCommand, { type: 'pull' }>,
  known?: Kill,
): Decided {
  if (known && sameTarget(known.target, target)) return accept();
  if (known) {
    const detail = `${killId} stands for a kill of something else (${known.target.scope}); use another Idempotency-Key`;
    return refuse({ code: 'ID_REUSED', detail });
  }
  return accept<Event>({ type: 'kill.pulled', data: { killId, ...target, reason, pulledBy, at } });
}

function complete({ killId, runs, sessions, at }: Extract<KillCommand, { type: 'complete' }>, known: Kill): Decided {
  if (known.state !== 'pulled') return accept();
  return accept<Event>({ type: 'kill.completed', data: { killId, runs, sessions, at } });
}

function lift({ killId, reason, by: liftedBy, at }: Extract<KillCommand, { type: 'lift' }>, known: Kill): Decided {
  if (known.state === 'lifted') return accept();
  if (!stands(known)) {
    const detail = `${killId} stopped a ${known.target.scope} for good, and there is nothing to lift; start anew`;
    return refuse({ code: 'KILL_NOT_FOUND', detail });
  }
  return accept<Event>({ type: 'kill.lifted', data: { killId, liftedBy, reason, at } });
}

function evolve(kills: Kills, event: Event): Kills {
  switch (event.type) {
    case 'kill.pulled': {
      const { killId, reason, pulledBy, at: pulledAt } = event.data;
      return [...kills, { killId, target: targetOf(event.data), state: 'pulled', pulledBy, pulledAt, reason }];
    }
    case 'kill.completed': {
      const { killId, runs, sessions } = event.data;
      return changed(kills, killId, (kill) => ({
        ...kill,
        state: kill.state === 'pulled' ? 'completed' : kill.state,
        stopped: { runs, sessions },
      }));
    }
    case 'kill.lifted': {
      const { killId, liftedBy: by, at } = event.data;
      return changed(kills, killId, (kill) => ({ ...kill, state: 'lifted', lifted: { by, at } }));
    }
    default:
      return kills;
  }
}

const changed = (kills: Kills, killId: string, change: (kill: Kill) => Kill): Kills =>
  kills.map((kill) => (kill.killId === killId ? change(kill) : kill));

type Pulled = Extract<Event, { type: 'kill.pulled' }>['data'];

/** What a sealed kill names. */
function targetOf({ scope, runId = '', stepId = '', sessionId = '', agentId = '' }: Pulled): KillTarget {
  switch (scope) {
    case 'step':
      return { scope, runId, stepId };
    case 'run':
      return { scope, runId };
    case 'session':
      return { scope, sessionId };
    case 'agent':
      return { scope, agentId };
    case 'everything':
      return { scope };
  }
}

function sameTarget(one: KillTarget, other: KillTarget): boolean {
  const told = (target: KillTarget) => JSON.stringify(Object.entries(target).sort());
  return told(one) === told(other);
}
