import { randomUUID } from 'node:crypto';
import type { AppendRequest } from '@causeway/eventing';
import type { Sabotage } from './replica.ts';
import type { ThemeName } from './sequences.ts';

type Write = AppendRequest['writes'][number];
type Pending = Write['events'][number];

const withEvents = (change: (event: Pending) => readonly Pending[]): Sabotage => ({
  append: ({ appendId, writes }) => ({
    appendId,
    writes: writes
      .map((write) => ({ ...write, events: write.events.flatMap(change) }))
      .filter(({ events }) => events.length > 0),
  }),
});
const without = (...types: readonly string[]): Sabotage =>
  withEvents((event) => (types.includes(event.type) ? [] : [event]));
const altered = (type: string, data: (was: never) => object, as = type): Sabotage =>
  withEvents((event) => [event.type === type ? { ...event, type: as, data: data(event.data as never) } : event]);

/** A fault, what has to be said of it, and what stories are about that find it soon. */
type Fault = readonly [what: string, finding: string, Sabotage, about?: ThemeName];
/** Faults that a service could have, made on purpose. */
export const FAULTS_OF_A_SERVICE: readonly Fault[] = [
  ['a call whose intent is not sealed', 'without a sealed intent', without('step.started')],
  ['a reservation that is not counted', 'what runs is not what is reserved', without('budget.reserved')],
  ['an approval that is not consumed', 'should have become consumed', without('approval.consumed')],
  ['a session that is not released', 'run and session do not agree', without('session.released')],
  [
    'a fate that is recorded twice',
    'succeeded, ended as succeeded',
    withEvents((event) => (event.type === 'step.succeeded' ? [event, { ...event, id: randomUUID() }] : [event])),
  ],
  [
    'a step that is charged nothing',
    'was charged without being reserved',
    altered('budget.settled', (data: object) => ({ ...data, steps: 0 })),
  ],
  [
    'a run that is over and keeps what it drew',
    'of a pool and keeps',
    without('budget.returned', 'pool.returned'),
    'pools',
  ],
  ['a standing grant whose uses are not counted', 'should have become', without('grant.used'), 'grants'],
  [
    'a kill that is done before anything is stopped',
    'not everything is stopped',
    withEvents((event) => {
      if (event.type !== 'kill.pulled') return [event];
      const { killId, at } = event.data as { readonly killId: string; readonly at: string };
      return [event, { id: randomUUID(), type: 'kill.completed', data: { killId, runs: 0, sessions: 0, at } }];
    }),
    'kills',
  ],
  ['a signal that is used and stays', 'which was true at no moment', without('run.awaited'), 'life'],
  [
    'an occurrence that is due again after its run began',
    'it says that it is due next at',
    altered('schedule.fired', (data: { occurrence: string }) => ({ ...data, nextAt: data.occurrence })),
    'schedules',
  ],
  [
    'an extension that is recorded twice',
    'was extended twice by',
    withEvents((event) => (event.type === 'budget.extended' ? [event, { ...event, id: randomUUID() }] : [event])),
  ],
  [
    'a subgoal that is done although nothing was shown',
    'was done without what it asks for',
    altered(
      'subgoal.refused',
      ({ subgoalId, at }: { subgoalId: string; at: string }) => ({ subgoalId, verifiedBy: 'x', evidence: [], at }),
      'subgoal.done',
    ),
    'goals',
  ],
  [
    'a yes that counts twice',
    'agreed twice',
    withEvents((event) => (event.type === 'approval.granted' ? [event, { ...event, id: randomUUID() }] : [event])),
    'consent',
  ],
  [
    'a note that says something else than was noted',
    'which was true at no moment',
    altered('run.noted', (data: object) => ({ ...data, value: 'maybe' })),
    'notes',
  ],
  [
    'a finding that is recorded twice',
    'was acknowledged twice',
    withEvents((event) => (event.type === 'step.acknowledged' ? [event, { ...event, id: randomUUID() }] : [event])),
    'unknown',
  ],
  ['a recovery that repeats a write', 'took effect twice', { repeatsWrites: true }],
  [
    'replicas that do not look at the version',
    'that is expired became expired',
    {
      append: (request) => ({
        ...request,
        writes: request.writes.map((write) => ({ ...write, expected: 'any' as const })),
      }),
    },
    'steps',
  ],
  ['an append that is answered before it is sealed', 'which was true at no moment', { answersEarly: true }],
  ['an outcome that is read from another event', 'was answered in two ways', { readsElsewhere: true }, 'steps'],
];
