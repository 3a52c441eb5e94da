import type { RunOrchestratorEvent, RunView } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';
import { dueAtOf } from './domain/deadline.decide.ts';
import { owes } from './domain/budget-effects.ts';
import { evolveSummary, startedSummary, type RunSummary } from './domain/run-summary.ts';
import { runViewOf } from './run-view.ts';

/** The run as lists and queries show it; `dueAt` is when the clock has to look at it. `state` is that of its phase, for the table's columns. */
export type RunDocument = RunSummary & {
  readonly state: RunView['state'];
  readonly dueAt?: string;
  /** When its newest pause began. */
  readonly pausedAt?: string;
  /** The run is over and its pools have not got everything back that it does not need. */
  readonly owes?: true;
  readonly position: number;
};

const RUN_EVENTS = /^(?:run|claim|subgoal|budget)\./;

export const runsProjection: DocumentProjection<RunDocument> = {
  table: 'run_view',
  keysOf: ({ type, stream }) => (RUN_EVENTS.test(type) ? [stream] : []),
  begins: ({ type }) => type === 'run.started',
  evolve: (document, recorded) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    if (event.type === 'run.started') return documentOf(startedSummary(event), recorded.position);
    if (!document) return undefined;
    const { state: _, dueAt: __, position: ___, owes: ____, ...run } = document;
    const pause = event.type === 'run.paused' ? { pausedAt: event.data.at } : {};
    return { ...documentOf(evolveSummary(run, event), recorded.position), ...pause };
  },
};

function documentOf(run: RunSummary, position: number): RunDocument {
  const dueAt = dueAtOf(run);
  const state = run.phase.state;
  const isDebtor = state !== 'active' && state !== 'paused' && owes(run.budget);
  return { ...run, state, ...(dueAt === undefined ? {} : { dueAt }), ...(isDebtor ? { owes: true } : {}), position };
}

/** The document as the contract shows it; `at` is now, for the time a running budget has used. */
export const toRunView = (run: RunDocument, at: string): RunView => runViewOf(run, run.position, at);
