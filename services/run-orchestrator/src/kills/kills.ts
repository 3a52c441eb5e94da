import type {
  KillTarget,
  KillView,
  liftKill,
  listKills,
  pullKill,
  Rejection,
  ReplyEnvelope,
  ReplyOf,
} from '@causeway/contracts';
import { ok, type Incoming } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import { stepOf } from '../runs/domain/run.ts';
import type { Views } from '../views.ts';
import type { Asking } from '../sessions/sessions.ts';
import { KILLS, stands, type Kill, type KillCommand, type Kills } from './domain/kill.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { Stopping } from './stopping.ts';

type Answer = ReplyEnvelope<KillView>;
type Rooms = { readonly views: Views; readonly kills: KillSwitch; readonly stopping: Stopping };

/** How long a kill waits for the views to know what was there when it was pulled; the clock stops what is missed. */
const SEEN_WITHIN_MS = 2_000;
const SHOWN = 200;

/** What can be asked of the kill switch. */
export function createKills({ handlers, edge }: Parts, { views, kills: known, stopping }: Rooms) {
  async function handle(command: KillCommand, { actor, id }: Asking) {
    const handled = await handlers.kills.handle(KILLS, command, { actor, causationId: id });
    if (handled.accepted) known.know(handled.state);
    return handled;
  }

  /** A kill of what is not there would be a switch that somebody believes in. */
  async function missing(target: KillTarget): Promise<Rejection | undefined> {
    if (target.scope === 'session') {
      const session = await handlers.sessions.load(target.sessionId);
      if (session.kind === 'session') return undefined;
      return { code: 'SESSION_NOT_FOUND', detail: `there is no session ${target.sessionId}; check the id` };
    }
    if (target.scope !== 'run' && target.scope !== 'step') return undefined;
    const run = await handlers.runs.load(target.runId);
    if (run.kind === 'none') return { code: 'RUN_NOT_FOUND', detail: `there is no run ${target.runId}; check the id` };
    if (target.scope === 'run' || stepOf(run, target.stepId)) return undefined;
    return { code: 'STEP_NOT_FOUND', detail: `${target.runId} has no step ${target.stepId}; check the id` };
  }

  /** Stops what a kill names and seals that it did. */
  async function carryOut(kill: Kill, meta: Asking): Promise<Kills> {
    const stopped = await stopping.stop(kill, meta);
    const done = await handle({ type: 'complete', killId: kill.killId, ...stopped, at: edge.now() }, meta);
    return done.state;
  }

  return {
    pull: async ({ data: { killId, target, reason }, meta }: Incoming<typeof pullKill>): Promise<Answer> => {
      const absent = await missing(target);
      if (absent) return { ok: false, rejection: absent };
      const command = { type: 'pull' as const, killId, target, reason, by: meta.actor.id, at: edge.now() };
      const handled = await handle(command, meta);
      if (!handled.accepted) return { ok: false, rejection: handled.rejection };
      const pulled = killOf(handled.state, killId);
      if (pulled.state !== 'pulled') return ok(viewOf(pulled));
      if (handled.position !== undefined) await views.runner.waitFor(handled.position, SEEN_WITHIN_MS);
      return ok(viewOf(killOf(await carryOut(pulled, meta), killId)));
    },
    lift: async ({ data: { killId, reason }, meta }: Incoming<typeof liftKill>): Promise<Answer> => {
      const handled = await handle({ type: 'lift', killId, reason, by: meta.actor.id, at: edge.now() }, meta);
      if (!handled.accepted) return { ok: false, rejection: handled.rejection };
      return ok(viewOf(killOf(handled.state, killId)));
    },
    list: async (_: Incoming<typeof listKills>): Promise<ReplyEnvelope<ReplyOf<typeof listKills>>> => {
      const kills = await handlers.kills.load(KILLS);
      known.know(kills);
      return ok({ kills: kills.slice(-SHOWN).reverse().map(viewOf) });
    },
  };
}
export type KillOperations = ReturnType<typeof createKills>;

/** Carries on what a process that is gone began, and stops what slipped in while a kill stands. */
export function killEnforcer({ handlers, edge, executor }: Parts, { kills, stopping }: Omit<Rooms, 'views'>) {
  const actor = { kind: 'system' as const, id: executor };
  return async (bornBefore: string): Promise<void> => {
    for (const kill of (await kills.kills()).filter(stopping.isToBeStopped)) {
      if (kill.state === 'pulled' && kill.pulledAt >= bornBefore) continue;
      const stopped = await stopping.stop(kill, { actor, id: kill.killId });
      if (kill.state !== 'pulled') continue;
      const command = { type: 'complete' as const, killId: kill.killId, ...stopped, at: edge.now() };
      await handlers.kills.handle(KILLS, command, { actor, causationId: kill.killId });
    }
  };
}
export type EnforceKills = ReturnType<typeof killEnforcer>;

function killOf(kills: Kills, killId: string): Kill {
  const kill = kills.find((one) => one.killId === killId);
  if (!kill) throw new Error(`${killId}, just written, is not there`);
  return kill;
}

function viewOf(kill: Kill): KillView {
  const { killId, state, target, pulledBy, pulledAt, reason, stopped, lifted } = kill;
  return {
    ...{ killId, state, target, stands: stands(kill), pulledBy, pulledAt, reason },
    ...stopped,
    ...(lifted ? { liftedBy: lifted.by, liftedAt: lifted.at } : {}),
  };
}
