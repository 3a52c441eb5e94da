import type { Recorded } from '@causeway/eventing';
import type { ApprovalDocument } from '../../src/approvals/approvals.projection.ts';
import { TIME } from '../../src/budgets/extension-approval.ts';
import type { CapabilityDocument } from '../../src/capabilities/capabilities.projection.ts';
import type { GrantDocument } from '../../src/grants/grants.projection.ts';
import type { RunDocument } from '../../src/runs/runs.projection.ts';
import type { ScheduleDocument } from '../../src/schedules/schedules.projection.ts';
import type { StepDocument } from '../../src/steps/steps.projection.ts';

export type Row = { readonly key?: string; readonly view?: unknown; readonly version?: number };
type Entries<Document> = readonly (readonly [string, Document])[];
type Table = <Document>(name: string) => Entries<Document>;
export type Question = readonly [RegExp, (...values: never[]) => readonly Row[]];
type Session = { readonly state: string; readonly agentId: string };

/** The questions that the service asks of its views, and what they are answered. A question that is not here fails. */
export function questionsOf(table: Table, events: readonly Recorded[]): readonly Question[] {
  const runs = () => table<RunDocument>('run_view');
  const sessions = () => table<Session>('session_view');
  const schedules = () => table<ScheduleDocument>('schedule_view');
  const steps = () => table<StepDocument>('step_view');
  const approvals = () => table<ApprovalDocument>('approval_view');
  const grants = () => table<GrantDocument>('grant_view').filter(([, { state }]) => state === 'live');
  const capabilities = () => table<CapabilityDocument>('capability_view');
  const revoked = (): ReadonlySet<string> =>
    new Set(sessions().flatMap(([key, { state }]) => (state === 'revoked' ? [key] : [])));

  const changedAt = (stream: string): number => events.findLast((event) => event.stream === stream)?.position ?? -1;
  function changed(at: string, from: number): readonly Row[] {
    const ofSteps = new Set(steps().flatMap(([, { position, approvalId }]) => (position >= from ? [approvalId] : [])));
    const isChanged = (id: string, { state, content }: ApprovalDocument): boolean =>
      changedAt(id) >= from || ofSteps.has(id) || (state === 'pending' && content.expiresAt <= at);
    return approvals()
      .filter(([id, document]) => isChanged(id, document))
      .map(([key]) => ({ key }));
  }

  function dueSchedules(at: string): readonly Row[] {
    const over = new Set(runs().flatMap(([key, run]) => (isOpen(run) ? [] : [key])));
    return keys(
      schedules(),
      ({ state, dueAt = '~', open }) =>
        (state === 'active' && dueAt <= at) || open.some(({ runId }) => over.has(runId)),
    );
  }

  function timeApprovals(at: string): readonly Row[] {
    const waits = new Map(runs().map(([key, { budget }]) => [key, budget.waitsFor]));
    return approvals().flatMap(([key, { state, content }]) => {
      if (content.capability !== TIME) return [];
      const isAwaited = waits.get(content.runId) === key;
      const isWrong = isAwaited
        ? state !== 'pending' || content.expiresAt <= at
        : ['pending', 'granted'].includes(state);
      return isWrong ? [{ key }] : [];
    });
  }

  const isOf = (agentId: string | null, of: { readonly agentId: string }): boolean =>
    agentId === null || of.agentId === agentId;
  return [
    [
      /from run_view\s+where .*agentId/s,
      (agentId: string | null) => keys(runs(), (run) => isOpen(run) && isOf(agentId, run)),
    ],
    [
      /from run_view\s+where .* due_at <=/s,
      (at: string) => keys(runs(), (run) => isOpen(run) && (run.dueAt ?? '~') <= at),
    ],
    [/from run_view r join session_view/, () => keys(runs(), (run) => isOpen(run) && revoked().has(run.sessionId))],
    [
      /from session_view\s+where/,
      (agentId: string | null) => keys(sessions(), (one) => one.state === 'open' && isOf(agentId, one)),
    ],
    [
      /from schedule_view c join session_view/,
      () =>
        keys(schedules(), ({ state, sessionId }) => ['active', 'paused'].includes(state) && revoked().has(sessionId)),
    ],
    [/from schedule_view/, dueSchedules],
    [/select key from approval_view where changed/, changed],
    [/join step_view/, (at: string, among: readonly string[] | null) => unsettled(steps(), approvals(), { at, among })],
    [/join run_view r/, timeApprovals],
    [/view \? 'owes'/, () => keys(runs(), (run) => 'owes' in run)],
    [
      /from grant_view where state = 'live' and until <=/,
      (at: string) => keys(grants(), ({ terms }) => terms.until <= at),
    ],
    [
      /from grant_view\s+where state = 'live' and agent_id/,
      (agentId: string, capability: string, rule: string, at: string) =>
        grants()
          .filter(
            ([, { terms }]) =>
              terms.agentId === agentId && terms.capability === capability && terms.rule === rule && terms.until > at,
          )
          .map(([, view]) => ({ view })),
    ],
    [
      /select view from step_view where key/,
      (wanted: string) => steps().flatMap(([key, view]) => (key === wanted ? [{ view }] : [])),
    ],
    [/from step_view\s+where state = 'started'/, (...values: string[]) => orphans(steps(), values)],
    [
      /max\(position\) as version/,
      () => [{ version: Math.max(0, ...capabilities().map(([, { position }]) => position)) }],
    ],
    [
      /from capability_view where not removed/,
      () => capabilities().flatMap(([, view]) => (view.isRemoved ? [] : [{ view }])),
    ],
  ] as readonly Question[];
}

const isOpen = ({ state }: { readonly state: string }): boolean => ['scheduled', 'active', 'paused'].includes(state);

function keys<Document>(entries: Entries<Document>, isWanted: (document: Document) => boolean): readonly Row[] {
  return entries.filter(([, document]) => isWanted(document)).map(([key]) => ({ key }));
}

type Look = { readonly at: string; readonly among: readonly string[] | null };
function unsettled(
  steps: Entries<StepDocument>,
  approvals: Entries<ApprovalDocument>,
  { at, among }: Look,
): readonly Row[] {
  const states = new Map(steps.map(([, { approvalId, state }]) => [approvalId, state]));
  const looked = approvals.filter(([id]) => among === null || among.includes(id));
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
