import { NOT_KNOWN, type Exchange } from './exchange.ts';
import { nameOf, REQUEST_NAMES } from './requests.ts';
import type { World } from './world.ts';

/** How often each request was accepted and refused, with which codes, and how often each event was sealed. */
export type Coverage = {
  readonly requests: Map<string, { accepted: number; refused: number }>;
  readonly codes: Map<string, number>;
  readonly events: Map<string, number>;
};

/** What the service does by itself, or only when several things come together: these have to be among the events. */
export const EVENTS = [
  ...['step.killed', 'kill.completed', 'kill.lifted', 'run.activated', 'run.awaited', 'run.checkpointed'],
  ...[
    'subgoal.started',
    'subgoal.refused',
    'subgoal.done',
    'grant.issued',
    'grant.used',
    'grant.revoked',
    'grant.expired',
  ],
  ...[
    'schedule.fired',
    'schedule.skipped',
    'schedule.queued',
    'schedule.settled',
    'schedule.excluded',
    'schedule.cancelled',
  ],
  ...['pool.drawn', 'pool.returned', 'pool.allotted', 'pool.surrendered', 'pool.extended', 'budget.extended'],
  ...['capability.announced', 'capability.changed', 'capability.removed', 'step.unknown', 'approval.consumed'],
  ...['run.noted', 'step.acknowledged'],
] as const;

/** Refusals that tell one rule from another, of requests and of steps: these have to be among them. */
export const CODES = [
  ...(['APPROVAL_ALREADY_GIVEN', 'APPROVAL_NOT_APPROVER', 'APPROVAL_OWN_REQUEST', 'APPROVAL_RETURNED'] as const),
  ...(['APPROVAL_DENIED', 'APPROVAL_EXPIRED', 'GRANT_NOT_ALLOWED'] as const),
  ...(['STEP_OUTCOME_KNOWN', 'STEP_ALREADY_ACKNOWLEDGED'] as const),
] as const;
/** Counted besides the events themselves: what came of approvals that several had to give. */
const BY_SEVERAL = 'approval.consumed by several';

export const noCoverage = (): Coverage => ({
  requests: new Map(REQUEST_NAMES.map((name) => [name, { accepted: 0, refused: 0 }])),
  codes: new Map(CODES.map((code) => [code, 0])),
  events: new Map([...EVENTS, BY_SEVERAL].map((type) => [type, 0])),
});

/** Counts what came of everything that was asked for in a world. */
export function cover(to: Coverage, { exchanges, ledger, terms }: World): void {
  for (const exchange of exchanges) coverAnswer(to, exchange);
  const isBySeveral = (terms.consent?.quorum ?? 1) > 1;
  for (const { type, data } of ledger.events) {
    more(to.events, type);
    if (isBySeveral && type === 'approval.consumed') more(to.events, BY_SEVERAL);
    if (type === 'step.denied') more(to.codes, (data as { rejection: { code: string } }).rejection.code);
  }
}

function coverAnswer({ requests, codes }: Coverage, { request, reply }: Exchange): void {
  const count = requests.get(nameOf(request))!;
  if (reply?.ok) count.accepted++;
  else if (reply && !NOT_KNOWN.includes(reply.rejection.code)) {
    count.refused++;
    more(codes, reply.rejection.code);
  }
}

function more(counts: Map<string, number>, what: string, by = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + by);
}

/** Adds what was counted elsewhere. */
export function add(to: Coverage, { requests, codes, events }: Coverage): void {
  for (const [name, { accepted, refused }] of requests) {
    const count = to.requests.get(name)!;
    count.accepted += accepted;
    count.refused += refused;
  }
  for (const [code, count] of codes) more(to.codes, code, count);
  for (const [type, count] of events) more(to.events, type, count);
}

/** What never came up. */
export function missingIn({ requests, codes, events }: Coverage): readonly string[] {
  const outcomes = [...requests].flatMap(([name, { accepted, refused }]) => [
    ...(accepted === 0 ? [`${name}, accepted`] : []),
    ...(refused === 0 ? [`${name}, refused`] : []),
  ]);
  const never = (counts: Map<string, number>) => [...counts].flatMap(([what, count]) => (count === 0 ? [what] : []));
  return [...outcomes, ...never(codes), ...never(events)];
}

/** A line for each request and for each event. */
export function tableOf({ requests, codes, events }: Coverage): string {
  const asked = [...requests].map(
    ([name, { accepted, refused }]) => `  ${name}: ${accepted} accepted, ${refused} refused`,
  );
  const counted = (counts: Map<string, number>) =>
    [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `  ${what}: ${count}`);
  return ['requests', ...asked, 'refusals', ...counted(codes), 'events', ...counted(events)].join('\n');
}
