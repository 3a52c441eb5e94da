import { isDeepStrictEqual } from 'node:util';
import type { RunOrchestratorEvent } from '@causeway/contracts';
import { entriesOf, fold, type Recorded } from '@causeway/eventing';
import { approvalViewOf } from '../../src/approvals/approval-view.ts';
import { toApprovalView, type ApprovalDocument } from '../../src/approvals/approvals.projection.ts';
import { approvalDecider } from '../../src/approvals/domain/approval.decide.ts';
import { runDecider } from '../../src/runs/domain/run.decide.ts';
import type { Run, StartedRun } from '../../src/runs/domain/run.ts';
import { runViewOf } from '../../src/runs/run-view.ts';
import { toRunView, type RunDocument } from '../../src/runs/runs.projection.ts';
import type { StepDocument } from '../../src/steps/steps.projection.ts';
import { limitOf, reservedOf, type ModelRun } from './known.ts';
import { RUNS } from './scene.ts';
import type { World } from './world.ts';

type Finding = string | undefined;
type Event = Recorded & RunOrchestratorEvent;

const NOW = '2026-12-31T00:00:00.000Z';
const VIEWED = /^(?:run|claim|subgoal|budget)\./;

const same = (one: unknown, other: unknown, otherwise: string): Finding =>
  isDeepStrictEqual(one, other) ? undefined : otherwise;
const plain = (run: Run): unknown =>
  run.kind === 'none' ? run : { ...run, steps: new Map(entriesOf(run.steps)), done: new Map(entriesOf(run.done)) };
const eventsOf = ({ ledger }: World, stream: string): readonly Event[] =>
  ledger.events.filter((event) => event.stream === stream) as unknown as readonly Event[];

/** Where the ledger replayed, what each replica holds, the views and the model are not one and the same. */
export async function strayed(world: World): Promise<readonly string[]> {
  const findings: Finding[] = [...viewsOfSteps(world), ...viewsOfApprovals(world)];
  const started = Object.keys(world.model.states.at(-1)!.runs);
  for (const runId of new Set([...RUNS, ...started])) {
    const run = fold(runDecider, eventsOf(world, runId));
    for (const live of await livesOf(world, runId)) {
      findings.push(same(plain(live), plain(run), `a replica has another ${runId} than the ledger`));
    }
    findings.push(...viewsOfRun(world, runId, run));
  }
  return findings.filter((finding) => finding !== undefined);
}

/** The run as each replica has it. */
async function livesOf({ replicas, network, settle }: World, runId: string): Promise<readonly Run[]> {
  const lives = Promise.all(replicas.map(({ handlers }) => handlers.runs.load(runId)));
  await network.onItsTime(async () => {
    await network.idle();
    await settle();
  });
  return lives;
}

function viewsOfRun(world: World, runId: string, run: Run): readonly Finding[] {
  const document = new Map(world.views.table<RunDocument>('run_view')).get(runId);
  const told = world.model.states.at(-1)!.runs[runId];
  if (run.kind === 'none' || !told || !document) {
    return [same([run.kind, told, document], ['none', undefined, undefined], `not everybody knows of ${runId}`)];
  }
  const last = eventsOf(world, runId).findLast(({ type }) => VIEWED.test(type))!;
  const shown = same(toRunView(document, NOW), runViewOf(run, last.position, NOW), `the view shows another ${runId}`);
  return [shown, asTold(run, told)];
}

function asTold({ runId, phase, budget }: StartedRun, told: ModelRun): Finding {
  const { used, reserved, limits, extended } = budget;
  return same(
    [phase.state, used.steps ?? 0, reserved.steps ?? 0, limits.steps + (extended.steps ?? 0)],
    [told.state, told.used, reservedOf(told), limitOf(told)],
    `the state of ${runId} is not what its events promise`,
  );
}

function viewsOfSteps({ views, model }: World): readonly Finding[] {
  const shown = views
    .table<StepDocument>('step_view')
    .map(([key, { state, attempt, finding }]) => [key, state, attempt, finding]);
  const told = Object.values(model.states.at(-1)!.runs).flatMap(({ runId, steps }) =>
    Object.entries(steps).map(([stepId, { state, attempt, finding }]) => [
      `${runId}/${stepId}`,
      state,
      attempt,
      finding,
    ]),
  );
  return [same(shown.sort(), told.sort(), `the view shows the steps as ${JSON.stringify(shown)}`)];
}

function viewsOfApprovals(world: World): readonly Finding[] {
  const known = world.model.states.at(-1)!.approvals;
  const shown = world.views.table<ApprovalDocument>('approval_view');
  const all = same(shown.map(([id]) => id).sort(), Object.keys(known).sort(), 'the view shows other approvals');
  const each = shown.flatMap(([id, document]) => {
    const approval = fold(approvalDecider, eventsOf(world, id));
    const view = approval.kind === 'none' ? undefined : approvalViewOf(approval);
    const asEvents = same(toApprovalView(document), view, `the view shows another ${id}`);
    const told = [document.state, document.given.map(({ by, reason }) => ({ by, reason }))];
    return [asEvents, same(told, [known[id]?.state, known[id]?.agreed], `${id} is not what its events promise`)];
  });
  return [all, ...each];
}
