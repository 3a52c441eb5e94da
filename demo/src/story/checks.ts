import type { RecordedEvent, RunState } from '@causeway/contracts';

/** Everything that was found out about a finished demo run. */
export type Evidence = {
  readonly agentExitCode: number | undefined;
  readonly runState: RunState;
  /** The run's events in ledger order. */
  readonly events: readonly RecordedEvent[];
  /** The summaries that arrived at the content server. */
  readonly published: readonly string[];
  /** Exit code of `./causeway verify`. */
  readonly verifyExitCode: number | undefined;
};

/** What a demo run has to show, each with whether it did. */
export type Check = { readonly claim: string; readonly holds: boolean; readonly found: string };

/** Compares what happened with what was promised. */
export function checksOf(evidence: Evidence): Check[] {
  const { agentExitCode, runState, events, published, verifyExitCode } = evidence;
  const denials = events.filter(({ type }) => type === 'step.denied').map(dataOf);
  const injected = denials.find(({ stepId }) => String(stepId).startsWith('obey-'));
  const consumed = events.filter(({ type }) => type === 'approval.consumed').length;
  const approved = approvedBody(events);
  const repeated = repeatedSteps(events);
  return [
    check('The agent ended well', agentExitCode === 0, `exit code ${agentExitCode ?? 'none'}`),
    check('The run is done', runState === 'done', runState),
    check('The injected order was refused', injected !== undefined, ruleOf(injected)),
    check('Exactly one summary was published', published.length === 1, String(published.length)),
    check('It is the one that was approved', published[0] === approved, 'compared letter by letter'),
    check('One approval was used, once', consumed === 1, String(consumed)),
    check('No step ended twice', repeated.length === 0, repeated.join(', ') || 'each ended once'),
    check('The ledger is whole', verifyExitCode === 0, `./causeway verify ended with ${verifyExitCode ?? 'nothing'}`),
  ];
}

const ENDINGS = ['step.succeeded', 'step.failed', 'step.denied', 'step.unknown'];

/** Steps with more than one ending. */
export function repeatedSteps(events: readonly RecordedEvent[]): string[] {
  const ends = events.filter(({ type }) => ENDINGS.includes(type)).map((event) => String(dataOf(event)['stepId']));
  return [...new Set(ends.filter((stepId, index) => ends.indexOf(stepId) !== index))];
}

/** The body that the approver was shown; undefined when nobody was asked. */
function approvedBody(events: readonly RecordedEvent[]): string | undefined {
  const requested = events.find(({ type }) => type === 'approval.requested');
  const { content } = (requested?.data ?? {}) as { readonly content?: { readonly input: { readonly body?: string } } };
  return content?.input.body;
}

const check = (claim: string, holds: boolean, found: string): Check => ({ claim, holds, found });

type Data = { readonly [field: string]: unknown };
const dataOf = ({ data }: RecordedEvent): Data => (data ?? {}) as Data;

function ruleOf(denial: Data | undefined): string {
  const { code, rule } = (denial?.['rejection'] ?? {}) as { readonly code?: string; readonly rule?: string };
  return code === undefined ? 'no such refusal in the ledger' : `${code}, rule ${rule ?? 'none'}`;
}
