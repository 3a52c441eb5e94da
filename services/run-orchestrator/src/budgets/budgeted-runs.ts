import type { ApprovalContent, ChargedMeter, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import type { AggregateHandler, CommandMeta, Handled } from '@causeway/eventing';
import type { PolicyPack } from '@causeway/policy';
import type { Edge } from '../edge.ts';
import { inRounds } from '../pools/rounds.ts';
import { persistently } from './persistently.ts';
import { limitedIn, poolChain, type Belonging } from '../pools/pool-chain.ts';
import type { PoolDraws, RunHandler } from '../pools/draws.ts';
import type { PreparedApproval, RunCommand } from '../runs/domain/run.commands.ts';
import type { AllotmentAnswer, Lack } from '../runs/domain/reservation.ts';
import type { RunRejection, Wanted } from '../runs/domain/run.refusals.ts';
import { hasEnded, type Run, type StartedRun } from '../runs/domain/run.ts';

type Answer = Handled<Run, RunOrchestratorEvent, RunRejection>;
type PlainHandler = AggregateHandler<Run, RunCommand, RunOrchestratorEvent, Rejection>;
/** What an extension of this run is about: the step that needs it, or the run's time. */
export type ExtensionAsked = {
  readonly run: StartedRun;
  readonly command: RunCommand;
  readonly extension: NonNullable<ApprovalContent['extension']>;
};
export type BudgetedRunsParts = {
  readonly runs: RunHandler;
  readonly draws: PoolDraws;
  /** What sessions, agents and teams share, as the pack for new runs says now. */
  readonly pools: () => PolicyPack['pools'];
  readonly teamOf: (sessionId: string) => Promise<string | undefined>;
  /** The content that a person will be shown, with its digest. */
  readonly prepare: (asked: ExtensionAsked) => PreparedApproval;
  readonly edge: Pick<Edge, 'now'>;
  readonly executor: string;
  readonly sleep: (ms: number) => Promise<unknown>;
};

/** Questions that one command may raise, one after another: rivals can change what was found out. */
const MAX_QUESTIONS = 100;

/**
 * The handler of runs, as everybody else uses it: what the decider has to know about pools and extensions is found out and the command is
 * decided again. What a run drew that was over by then goes back at once.
 */
export function budgetedRuns(parts: BudgetedRunsParts): PlainHandler {
  const { draws, edge, executor, sleep } = parts;
  const runs: RunHandler = {
    ...parts.runs,
    handle: (id, command, meta) => persistently(() => parts.runs.handle(id, command, meta), sleep),
  };
  const drawing = new Map<string, { readonly ask: () => Promise<AllotmentAnswer>; waiting: number }>();

  async function answered(asked: RunCommand, wanted: Wanted, run: StartedRun): Promise<RunCommand> {
    if (wanted.kind === 'extension') {
      const { meter, delta } = wanted;
      const extension = parts.prepare({ run, command: asked, extension: { meter, delta } });
      return { ...asked, extension } as RunCommand;
    }
    return { ...asked, allotment: await drawFor(run, wanted) } as RunCommand;
  }

  /** Requests that lack the same draw together: one draw serves all who waited for it. */
  function drawFor({ runId }: StartedRun, { lack }: Extract<Wanted, { kind: 'allotment' }>): Promise<AllotmentAnswer> {
    const key = `${runId} ${JSON.stringify(lack)}`;
    const rounds = drawing.get(key) ?? { ask: inRounds(() => drawOnce(runId, lack)), waiting: 0 };
    drawing.set(key, rounds);
    rounds.waiting++;
    return rounds.ask().finally(() => {
      if (--rounds.waiting === 0) drawing.delete(key);
    });
  }

  async function drawOnce(runId: string, lack: Lack): Promise<AllotmentAnswer> {
    const run = await runs.load(runId);
    if (run.kind === 'none') throw new Error(`${runId}, which asks for more, is not there`);
    const chain = await chainOf(run);
    const limited = limitedIn(chain);
    const waived = run.budget.pooled.filter((meter) => !limited.includes(meter));
    const [full, least, most] = [lack.full, lack.least, lack.most].map((amounts) => without(amounts, waived));
    const [pool] = chain;
    if (!pool || !full || !least || !most || Object.keys(full).length === 0) return { waived };
    const draw = (run.budget.allotments[pool.poolId]?.draws ?? 0) + 1;
    const refusal = await draws.draw({ chain, holder: runId, holderKind: 'run', draw, full, least, most });
    return { waived, ...(refusal ? { refusal } : {}) };
  }

  async function chainOf({ sessionId, agentId }: StartedRun) {
    const pools = parts.pools();
    const teamId = pools.team ? await parts.teamOf(sessionId) : undefined;
    const belonging: Belonging = { sessionId, agentId, teamId };
    return poolChain(pools, belonging, edge.now());
  }

  /** A draw can come in when its run is over already. */
  async function settleDebts(runId: string, answer: Answer, meta: CommandMeta): Promise<void> {
    if (answer.state.kind !== 'run' || !hasEnded(answer.state)) return;
    const actor = { kind: 'system' as const, id: executor };
    await runs.handle(runId, { type: 'return-allotment', at: edge.now() }, { ...meta, actor });
  }

  async function handle(runId: string, command: RunCommand, meta: CommandMeta) {
    let asked = command;
    for (let questions = 0; ; questions++) {
      const answer = await runs.handle(runId, asked, meta);
      if (answer.accepted) return answer;
      const { wanted, ...rejection } = answer.rejection;
      if (wanted === undefined || answer.state.kind === 'none' || questions >= MAX_QUESTIONS) {
        if (questions > 0) await settleDebts(runId, answer, meta);
        return { ...answer, rejection };
      }
      asked = { ...(await answered(asked, wanted, answer.state)), at: edge.now() } as RunCommand;
    }
  }

  return { handle, load: runs.load, forget: runs.forget };
}

function without<Amount extends object>(amounts: Amount, meters: readonly ChargedMeter[]): Amount {
  const kept = Object.entries(amounts).filter(([meter]) => !(meters as readonly string[]).includes(meter));
  return Object.fromEntries(kept) as Amount;
}
