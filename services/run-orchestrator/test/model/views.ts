import type { Recorded } from '@causeway/eventing';
import type { Pool } from '@causeway/postgres';
import type { ApprovalDocument } from '../../src/approvals/approvals.projection.ts';
import type { GrantDocument } from '../../src/grants/grants.projection.ts';
import type { RunDocument } from '../../src/runs/runs.projection.ts';
import type { StepDocument } from '../../src/steps/steps.projection.ts';
import { PROJECTIONS } from '../../src/views.ts';

type Table = ReadonlyMap<string, unknown>;
type Row = { readonly key: string; readonly view?: unknown };
export type MemoryViews = ReturnType<typeof memoryViews>;

/**
 * The views, folded from the ledger by the service's own projections, and the questions that the clock and the grants ask of them. A question
 * that is not known here fails: then it has to be told what to answer.
 */
export function memoryViews(events: readonly Recorded[]) {
  const tables = new Map(PROJECTIONS.map(({ table }) => [table, new Map<string, unknown>()]));
  let seen = 0;

  function catchUp(): void {
    for (; seen < events.length; seen++) for (const projection of PROJECTIONS) project(projection, events[seen]!);
  }

  function project({ table, keysOf, evolve }: (typeof PROJECTIONS)[number], event: Recorded): void {
    const documents = tables.get(table)!;
    for (const key of keysOf(event)) {
      const next = evolve(documents.get(key) as never, event, key);
      if (next !== undefined) documents.set(key, next);
    }
  }

  function table<Document>(name: string): readonly (readonly [string, Document])[] {
    catchUp();
    return [...(tables.get(name) as Table)] as [string, Document][];
  }

  const questions: readonly (readonly [RegExp, (...values: string[]) => readonly Row[]])[] = [
    [/from run_view\s+where .* due_at <=/s, (at) => keys(table<RunDocument>('run_view'), isDue(at!))],
    [/join session_view/, () => runsOfRevoked(table('run_view'), table('session_view'))],
    [/select key from approval_view where changed/, (at, from) => changed(table('approval_view'), at!, Number(from))],
    [/join step_view/, (at, among) => unsettled(table('step_view'), table('approval_view'), { at: at!, among })],
    [/schedule_view/, () => []],
    [/join run_view/, () => []],
    [/view \? 'owes'/, () => keys(table<object>('run_view'), (run) => 'owes' in run)],
    [/from grant_view where state = 'live' and until <=/, () => noGrants(table('grant_view'))],
    [/from grant_view\s+where state = 'live' and agent_id/, () => noGrants(table('grant_view'))],
    [/from step_view\s+where state = 'started'/, (...values) => orphans(table('step_view'), values)],
  ];
  const changedAt = (stream: string): number => events.findLast((event) => event.stream === stream)?.position ?? -1;
  function changed(approvals: Entries<ApprovalDocument>, at: string, from: number): readonly Row[] {
    const steps = table<StepDocument>('step_view').filter(([, { position }]) => position >= from);
    const ofSteps = new Set(steps.map(([, { approvalId }]) => approvalId));
    const isChanged = (id: string, { state, content }: ApprovalDocument): boolean =>
      changedAt(id) >= from || ofSteps.has(id) || (state === 'pending' && content.expiresAt <= at);
    return approvals.filter(([id, document]) => isChanged(id, document)).map(([key]) => ({ key }));
  }

  const query = async (sql: string, values: string[] = []) => {
    const found = questions.find(([pattern]) => pattern.test(sql));
    if (!found) throw new Error(`these views do not know the question «${sql}»`);
    return { rows: found[1](...values) };
  };
  const runner = { position: async () => events.length - 1 };
  return { pool: { query } as unknown as Pool, runner, table };
}

type Entries<Document> = readonly (readonly [string, Document])[];
const isOpen = ({ state }: { readonly state: string }): boolean => state === 'active' || state === 'paused';
const isDue =
  (at: string) =>
  (run: RunDocument): boolean =>
    isOpen(run) && run.dueAt !== undefined && run.dueAt <= at;

function keys<Document>(entries: Entries<Document>, isWanted: (document: Document) => boolean): readonly Row[] {
  return entries.filter(([, document]) => isWanted(document)).map(([key]) => ({ key }));
}

function runsOfRevoked(runs: Entries<RunDocument>, sessions: Entries<{ readonly state: string }>): readonly Row[] {
  const revoked = new Set(sessions.filter(([, { state }]) => state === 'revoked').map(([key]) => key));
  return keys(runs, (run) => isOpen(run) && revoked.has(run.sessionId));
}

function unsettled(
  steps: Entries<StepDocument>,
  approvals: Entries<ApprovalDocument>,
  { at, among }: { readonly at: string; readonly among: string | undefined },
): readonly Row[] {
  const states = new Map(steps.map(([, { approvalId, state }]) => [approvalId, state]));
  const looked = approvals.filter(([id]) => among === undefined || among === null || among.includes(id));
  return looked.flatMap(([key, { state, content }]) => {
    const ofStep = states.get(key);
    const isWrong =
      ofStep === 'held' ? state !== 'pending' || content.expiresAt <= at : ['pending', 'granted'].includes(state);
    return ofStep !== undefined && isWrong ? [{ key }] : [];
  });
}

function orphans(steps: Entries<StepDocument>, [executor, ownBefore, overdueAt]: readonly string[]): readonly Row[] {
  const isOrphan = (step: StepDocument): boolean =>
    step.state === 'started' &&
    ((step.executor === executor && (step.startedAt ?? '') < ownBefore!) || (step.deadlineAt ?? '') < overdueAt!);
  return steps.filter(([, step]) => isOrphan(step)).map(([key, view]) => ({ key, view }));
}

/** Standing grants have tests of their own; nobody here issues one. */
function noGrants(grants: Entries<GrantDocument>): readonly Row[] {
  if (grants.length > 0) throw new Error('these views do not answer about standing grants');
  return [];
}
