import type { KillTarget } from '@causeway/contracts';
import type { Parts } from '../parts.ts';
import { settleHolds, type EndRun } from '../runs/end-run.ts';
import { findOpenRuns } from '../runs/runs.queries.ts';
import { findOpenSessions } from '../sessions/sessions.queries.ts';
import type { Asking, RevokeSession } from '../sessions/sessions.ts';
import type { HeldSteps } from '../steps/held-steps.ts';
import type { Views } from '../views.ts';
import { stands, type Kill } from './domain/kill.ts';

type Rooms = {
  readonly views: Pick<Views, 'pool'>;
  readonly held: HeldSteps;
  readonly end: EndRun;
  readonly revoke: RevokeSession;
};
export type Stopped = { readonly runs: number; readonly sessions: number };
export type Stopping = ReturnType<typeof stopping>;

/**
 * Stops what kills name. Safe to do any number of times: a process that dies half-way is followed by the clock of whoever lives. Providers hear
 * of it from the log and let go of their calls.
 */
export function stopping({ handlers, edge }: Parts, { views, held, end, revoke }: Rooms) {
  async function stopStep({ runId, stepId }: Extract<KillTarget, { scope: 'step' }>, { killId }: Kill, meta: Asking) {
    const command = { type: 'kill-step' as const, stepId, killId, mover: 'operator' as const };
    const context = { actor: meta.actor, correlationId: runId, causationId: killId };
    const handled = await handlers.runs.handle(runId, { ...command, by: meta.actor.id, at: edge.now() }, context);
    if (handled.accepted) await settleHolds(handled, held);
  }

  async function stopSession(sessionId: string, { reason }: Kill, meta: Asking): Promise<Stopped> {
    const session = await handlers.sessions.load(sessionId);
    if (session.kind === 'none') return { runs: 0, sessions: 0 };
    await revoke(sessionId, { reason: `killed: ${reason}`, meta });
    return { runs: session.runs.length, sessions: session.state === 'open' ? 1 : 0 };
  }

  /** Everything of an agent, or everything; what began after it was looked for is found the next time. */
  async function stopAll(agentId: string | undefined, kill: Kill, meta: Asking): Promise<Stopped> {
    let [runs, sessions] = [0, 0];
    for (const sessionId of await findOpenSessions(views.pool, agentId)) {
      const stopped = await stopSession(sessionId, kill, meta);
      runs += stopped.runs;
      sessions += stopped.sessions;
    }
    for (const runId of await findOpenRuns(views.pool, agentId)) {
      const isEnded = await end(runId, `killed: ${kill.reason}`, meta);
      runs += isEnded ? 1 : 0;
    }
    return { runs, sessions };
  }

  return {
    /** Stops what this kill names, in the name of who asks. Resolves to what it came to. */
    stop: async (kill: Kill, meta: Asking): Promise<Stopped> => {
      const { target } = kill;
      switch (target.scope) {
        case 'step':
          await stopStep(target, kill, meta);
          return { runs: 0, sessions: 0 };
        case 'run':
          return { runs: (await end(target.runId, `killed: ${kill.reason}`, meta)) ? 1 : 0, sessions: 0 };
        case 'session':
          return stopSession(target.sessionId, kill, meta);
        case 'agent':
          return stopAll(target.agentId, kill, meta);
        case 'everything':
          return stopAll(undefined, kill, meta);
      }
    },
    /** Whether there is anything to do about a kill: it was not completed, or it stands. */
    isToBeStopped: (kill: Kill): boolean => kill.state === 'pulled' || stands(kill),
  };
}
