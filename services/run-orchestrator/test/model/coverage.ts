import { NOT_KNOWN } from './exchange.ts';
import { nameOf, REQUEST_NAMES } from './requests.ts';
import type { World } from './world.ts';

/** How often each request was accepted and refused, and how often each event was sealed. */
export type Coverage = {
  readonly requests: Map<string, { accepted: number; refused: number }>;
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
] as const;

export const noCoverage = (): Coverage => ({
  requests: new Map(REQUEST_NAMES.map((name) => [name, { accepted: 0, refused: 0 }])),
  events: new Map(EVENTS.map((type) => [type, 0])),
});

/** Counts what came of everything that was asked for in a world. */
export function cover({ requests, events }: Coverage, { exchanges, ledger }: World): void {
  for (const { request, reply } of exchanges) {
    const count = requests.get(nameOf(request))!;
    if (reply?.ok) count.accepted++;
    else if (reply && !NOT_KNOWN.includes(reply.rejection.code)) count.refused++;
  }
  for (const { type } of ledger.events) events.set(type, (events.get(type) ?? 0) + 1);
}

/** Adds what was counted elsewhere. */
export function add(to: Coverage, { requests, events }: Coverage): void {
  for (const [name, { accepted, refused }] of requests) {
    const count = to.requests.get(name)!;
    count.accepted += accepted;
    count.refused += refused;
  }
  for (const [type, count] of events) to.events.set(type, (to.events.get(type) ?? 0) + count);
}

/** What never came up. */
export function missingIn({ requests, events }: Coverage): readonly string[] {
  const outcomes = [...requests].flatMap(([name, { accepted, refused }]) => [
    ...(accepted === 0 ? [`${name}, accepted`] : []),
    ...(refused === 0 ? [`${name}, refused`] : []),
  ]);
  return [...outcomes, ...EVENTS.filter((type) => (events.get(type) ?? 0) === 0)];
}

/** A line for each request and for each event. */
export function tableOf({ requests, events }: Coverage): string {
  const asked = [...requests].map(
    ([name, { accepted, refused }]) => `  ${name}: ${accepted} accepted, ${refused} refused`,
  );
  const sealed = [...events].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, count]) => `  ${type}: ${count}`);
  return ['requests', ...asked, 'events', ...sealed].join('\n');
}
