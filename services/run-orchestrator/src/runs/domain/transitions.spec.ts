import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { history, type RunEvent } from '../../../test/run.features.ts';
import type { RunCommand } from './run.commands.ts';
import { runDecider } from './run.decide.ts';
import { MOVERS, TRANSITIONS, type Mover } from './transitions.ts';

const { given } = specification(runDecider);

const MORE_TIME = { meter: 'wallClockMs' as const, delta: 15_000 };
const OUT_OF_TIME: RunCommand = {
  ...{ type: 'tick', at: example.atMs(90_000_000) },
  extension: { content: example.content({ stepId: 'more-time-1', extension: MORE_TIME }), digest: example.DIGEST },
};
const ASKING = history(example.start({ onLimit: { wallClockMs: 'ask' } }));

/** A run in each state, for each way to be there that a command can tell apart. */
const HISTORIES: readonly (readonly [string, readonly RunEvent[]])[] = [
  ['none', []],
  ['scheduled', history(example.start({ startsAt: example.atMs(60_000) }))],
  ['active', history(example.start())],
  [
    'active',
    history(
      example.start({ predicate: example.fetchSucceeded() }),
      example.request('s1'),
      example.fate('s1', example.SUCCEEDED),
    ),
  ],
  ['paused', history(example.start(), example.request('s1', { verdict: example.asks() }))],
  ['paused', history(example.start(), example.claim())],
  ['paused', history(example.start(), example.pause())],
  ['paused', history(example.start(), example.wait())],
  ['paused', history(example.start(), example.checkpoint({ resumeAt: example.atMs(60_000) }))],
  ['active', ASKING],
  ['paused', history(example.start({ onLimit: { wallClockMs: 'ask' } }), OUT_OF_TIME)],
  ['done', history(example.start(), example.claim(), example.complete())],
  ['failed', history(example.start(), example.tick(60_000))],
  ['cancelled', history(example.start(), example.cancel('operator'))],
];

/** Every command, with every mover that a command can name, and with what makes it do the most it can. */
const COMMANDS: readonly RunCommand[] = [
  ...MOVERS.flatMap((mover): RunCommand[] => [
    example.start({ mover }),
    example.start({ mover, startsAt: example.atMs(60_000) }),
    example.complete(mover),
    example.cancel(mover, example.SESSION),
    example.refuseHeld('s1', mover),
    example.pause(mover),
    example.wait('paid', { mover }),
    example.resume(mover),
    example.signal('paid', { mover }),
    example.killStep('s1', mover),
  ]),
  example.request('s2'),
  example.request('s2', { verdict: example.asks({ stepId: 's2' }) }),
  example.request('s2', { verdict: example.DENIED }),
  example.fate('s1', example.SUCCEEDED),
  example.tryAgain('s1', 1),
  example.startHeld('s1'),
  example.claim(),
  example.hear(3_000),
  example.checkpoint(),
  example.tick(60_000),
  example.tick(90_000_000),
  OUT_OF_TIME,
  {
    ...{ type: 'start-extended', approvalId: example.APPROVAL, approvalVersion: 2, digest: example.DIGEST },
    ...{ stepId: 'more-time-1', extension: MORE_TIME, by: 'ann', at: example.atMs(90_000_000) },
  },
  { type: 'end-unextended', approvalId: example.APPROVAL, reason: 'no', at: example.atMs(90_000_000) },
];

const DECLARED: { readonly [Type in RunCommand['type']]?: Mover } = {
  ...{
    tick: 'clock',
    'end-unextended': 'clock',
    'start-held': 'approver',
    'start-extended': 'approver',
    hear: 'agent',
    checkpoint: 'agent',
  },
};
const moverOf = (command: RunCommand): Mover =>
  'mover' in command ? command.mover : (DECLARED[command.type] ?? 'system');

const stateOf = (events: readonly RunEvent[]): string => {
  const run = given(...events).state();
  return run.kind === 'none' ? 'none' : run.phase.state;
};

const REFUSALS = ['RUN_NOT_ACTIVE', 'RUN_NOT_FOUND', 'RUN_TRANSITION_REFUSED', 'RUN_ALREADY_STARTED', 'STEP_NOT_FOUND'];

const MATRIX = HISTORIES.flatMap(([from, events]) => COMMANDS.map((command) => ({ from, events, command })));

describe('the transitions of a run', () => {
  it('are taken along an edge of the table by a mover that the edge names, or not at all', () => {
    const taken = new Set<string>();
    for (const { from, events, command } of MATRIX) {
      const decision = given(...events).when(command);
      const to = stateOf([...events, ...(decision.accepted ? decision.events : [])]);
      if (to === from) continue;
      const mover = moverOf(command);
      expect(
        TRANSITIONS.filter((edge) => edge.from === from && edge.to === to && edge.by.includes(mover)),
      ).toHaveLength(1);
      taken.add(`${from} ${to} ${mover}`);
    }
    const possible = TRANSITIONS.flatMap(({ from, to, by }) => by.map((mover) => `${from} ${to} ${mover}`));
    expect([...taken].sort()).toEqual([...possible].sort());
  });

  it('are refused by name, or add nothing, for a mover that no edge of the state names', () => {
    const named = MATRIX.filter(({ command }) => 'mover' in command);
    const codes = named
      .filter(
        ({ from, command }) => !TRANSITIONS.some((edge) => edge.from === from && edge.by.includes(moverOf(command))),
      )
      .map(({ events, command }) => given(...events).when(command))
      .flatMap((decision) => (decision.accepted ? decision.events.map(({ type }) => type) : [decision.rejection.code]));
    expect(new Set(codes)).toEqual(new Set(REFUSALS));
  });

  it('lead out of no state in which a run is over', () => {
    for (const state of ['done', 'failed', 'cancelled']) {
      expect(TRANSITIONS.filter(({ from }) => from === state)).toEqual([]);
    }
    for (const { from, events, command } of MATRIX.filter(({ from }) =>
      ['done', 'failed', 'cancelled'].includes(from),
    )) {
      const decision = given(...events).when(command);
      expect([from, decision.accepted ? decision.events.filter(({ type }) => type.startsWith('run.')) : []]).toEqual([
        from,
        [],
      ]);
    }
  });

  it('name the state and the mover when they are refused', () => {
    const decision = given(...history(example.start())).when(example.complete());
    expect(decision).toMatchObject({
      accepted: false,
      rejection: {
        code: 'RUN_TRANSITION_REFUSED',
        detail: expect.stringContaining('active; operator cannot make it done'),
      },
    });
    expect(given().when(example.start({ mover: 'agent' }))).toMatchObject({
      accepted: false,
      rejection: {
        code: 'RUN_TRANSITION_REFUSED',
        detail: expect.stringContaining('not started; agent cannot make it active'),
      },
    });
  });
});
