import { randomUUID } from 'node:crypto';
import type { AppendRequest } from '@causeway/eventing';
import type { Sabotage } from './replica.ts';

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
const without = (type: string): Sabotage => withEvents((event) => (event.type === type ? [] : [event]));

/** Faults that a service could have, made on purpose, and what has to be said of each. */
export const FAULTS_OF_A_SERVICE: readonly (readonly [what: string, finding: string, Sabotage])[] = [
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
    withEvents((event) =>
      event.type === 'budget.settled' ? [{ ...event, data: { ...(event.data as object), steps: 0 } }] : [event],
    ),
  ],
  ['a recovery that repeats a write', 'took effect twice', { repeatsWrites: true }],
  [
    'replicas that do not look at the version',
    'beyond the limit',
    {
      append: (request) => ({
        ...request,
        writes: request.writes.map((write) => ({ ...write, expected: 'any' as const })),
      }),
    },
  ],
  ['an append that is answered before it is sealed', 'which was true at no moment', { answersEarly: true }],
  ['an outcome that is read from another event', 'was answered in two ways', { readsElsewhere: true }],
];
