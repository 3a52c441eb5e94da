import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { history, type RunEvent } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';

const { given } = specification(runDecider);
const NOTHING = { accepted: true, events: [] };
const LEASE = { agentLeaseMs: 9_000, budget: { steps: 3, wallClockMs: 600_000 } };
const failedBy = (code: string) => ({ events: [{ type: 'run.failed', data: { code } }] });
const heardAt = (events: readonly RunEvent[]) =>
  events.filter(({ type }) => type === 'run.heard').map(({ data }) => data);

describe('a run whose agent is silent', () => {
  it('fails by the clock once the lease is over, and not before', () => {
    const run = given(...history(example.start(LEASE)));
    expect(run.when(example.tick(8_999))).toEqual(NOTHING);
    expect(run.when(example.tick(9_000))).toMatchObject(failedBy('RUN_AGENT_SILENT'));
  });

  it('does not count as silent while a step is in flight; its lease begins anew when the step ends', () => {
    const asked = history(example.start(LEASE), example.request('s1'));
    expect(example.movesIn(given(...asked).when(example.tick(500_000)))).toEqual([]);
    const ended = given(
      ...asked,
      ...history(example.start(LEASE), example.request('s1'), {
        ...example.fate('s1', example.SUCCEEDED),
        at: example.atMs(100_000),
      }).slice(asked.length),
    );
    expect(ended.when(example.tick(108_999))).toEqual(NOTHING);
    expect(ended.when(example.tick(109_000))).toMatchObject(failedBy('RUN_AGENT_SILENT'));
  });

  it('does not count as silent while it is paused, and has its whole lease after that', () => {
    const paused = history(example.start(LEASE), example.pause());
    expect(given(...paused).when(example.tick(500_000))).toEqual(NOTHING);
    const resumed = { ...example.resume(), at: example.atMs(400_000) };
    const run = given(...history(example.start(LEASE), example.pause(), resumed));
    expect(run.when(example.tick(408_999))).toEqual(NOTHING);
    expect(run.when(example.tick(409_000))).toMatchObject(failedBy('RUN_AGENT_SILENT'));
  });

  it('may be silent for ever when no lease was sealed with its start', () => {
    const forever = given(...history(example.start({ budget: LEASE.budget })));
    expect(example.movesIn(forever.when(example.tick(599_999)))).toEqual([]);
  });
});

describe('a sign of life', () => {
  it('is sealed at most once in each third of the lease', () => {
    const beats = Array.from({ length: 60 }, (_, n) => example.hear(n * 500));
    expect(heardAt(history(example.start(LEASE), ...beats))).toEqual(
      [3_000, 6_000, 9_000, 12_000, 15_000, 18_000, 21_000, 24_000, 27_000].map((ms) => ({
        by: 'researcher',
        at: example.atMs(ms),
      })),
    );
  });

  it('is every command of the agent that is taken, a denied step included', () => {
    const commands = [
      example.request('s1', { verdict: example.DENIED, at: example.atMs(5_000) }),
      example.claim({ at: example.atMs(5_000) }),
      example.checkpoint({ at: example.atMs(5_000) }),
      example.wait('paid', { at: example.atMs(5_000) }),
    ];
    for (const command of commands) {
      expect(given(...history(example.start(LEASE))).when(command)).toMatchObject({
        events: expect.arrayContaining([{ type: 'run.heard', data: { by: 'researcher', at: example.atMs(5_000) } }]),
      });
    }
  });

  it('is nothing that an operator or another session does', () => {
    const run = given(...history(example.start(LEASE)));
    const paused = run.when(example.pause('operator', { at: example.atMs(8_000) }));
    expect(paused).toMatchObject({ events: [{ type: 'run.paused' }] });
    expect(run.when({ ...example.hear(8_000), sessionId: example.OTHER_SESSION })).toMatchObject({
      rejection: { code: 'RUN_NOT_FOUND' },
    });
  });
});

describe('a run that lasted as long as it may', () => {
  const bounds = { maxLifeMs: 50_000 };

  it.each([
    ['active', []],
    ['paused by an operator', [example.pause()]],
    ['waiting for a signal', [example.wait()]],
    ['at a checkpoint', [example.checkpoint()]],
  ])('fails while it is %s', (_, commands) => {
    const run = given(...history(example.start(bounds), ...commands));
    expect(example.movesIn(run.when(example.tick(49_999)))).toEqual([]);
    expect(run.when(example.tick(50_000))).toMatchObject(failedBy('RUN_LIFE_ENDED'));
  });

  it('fails while it waits for an approval, too, and the step that waits is denied', () => {
    const run = given(...history(example.start(bounds), example.request('s1', { verdict: example.asks() })));
    expect(run.when(example.tick(50_000))).toMatchObject({
      events: [
        { type: 'step.denied', data: { rejection: { code: 'RUN_NOT_ACTIVE' } } },
        { type: 'run.failed', data: { code: 'RUN_LIFE_ENDED' } },
      ],
    });
  });
});

describe('a run that occupies its session', () => {
  const start = example.start({ occupiesSession: true, predicate: example.fetchSucceeded() });
  const released = [
    {
      ...{ stream: example.SESSION, expected: 'any' },
      events: [{ type: 'session.released', data: { sessionId: example.SESSION, runId: example.RUN } }],
    },
  ];

  it.each([
    ['cancelled', [start], example.cancel('operator')],
    ['failed', [start], example.tick(60_000)],
    ['done', [start, example.request('s1'), example.fate('s1', example.SUCCEEDED)], example.claim()],
  ])('releases it in the append in which it is %s', (_, before, end) => {
    expect(given(...history(...before)).when(end)).toMatchObject({ also: released });
  });

  it('does not release it by pausing, and releases nothing that was not told of', () => {
    expect(given(...history(start)).when(example.pause())).not.toHaveProperty('also');
    expect(given(...history(example.start())).when(example.cancel('operator'))).not.toHaveProperty('also');
  });
});
