import { createMetrics } from './metrics.ts';

const textOf = async (metrics: ReturnType<typeof createMetrics>): Promise<readonly string[]> =>
  (await metrics.page()).text.split('\n').filter((line) => line.includes('causeway_'));

describe('the metrics of a process', () => {
  it('hold what was counted, measured and observed, each with the name of the service', async () => {
    const metrics = createMetrics('test');
    const outcomes = metrics.counter({ name: 'causeway_tests_total', help: 'Tests.', labels: ['outcome'] });
    outcomes.inc({ outcome: 'passed' }, 3);
    metrics.gauge({ name: 'causeway_depth_events', help: 'Depth.' }).set(7);
    metrics.histogram({ name: 'causeway_time_seconds', help: 'Time.', buckets: [1, 2] }).observe(1.5);
    expect(await textOf(metrics)).toEqual([
      '# HELP causeway_tests_total Tests.',
      '# TYPE causeway_tests_total counter',
      'causeway_tests_total{outcome="passed",service="test"} 3',
      '# HELP causeway_depth_events Depth.',
      '# TYPE causeway_depth_events gauge',
      'causeway_depth_events{service="test"} 7',
      '# HELP causeway_time_seconds Time.',
      '# TYPE causeway_time_seconds histogram',
      'causeway_time_seconds_bucket{le="1",service="test"} 0',
      'causeway_time_seconds_bucket{le="2",service="test"} 1',
      'causeway_time_seconds_bucket{le="+Inf",service="test"} 1',
      'causeway_time_seconds_sum{service="test"} 1.5',
      'causeway_time_seconds_count{service="test"} 1',
    ]);
  });

  it('read a value when somebody looks, and show none while there is none', async () => {
    const metrics = createMetrics('test');
    let position: number | undefined = 41;
    metrics.reading({ name: 'causeway_head_position', help: 'Head.' }, () => position);
    position = 42;
    expect((await textOf(metrics)).at(-1)).toBe('causeway_head_position{service="test"} 42');
    position = undefined;
    expect((await textOf(metrics)).at(-1)).toBe('# TYPE causeway_head_position gauge');
  });

  it('read a value for each name, and none for a name that is gone', async () => {
    const metrics = createMetrics('test');
    const depths = new Map([
      ['a', 1],
      ['b', 2],
    ]);
    metrics.readings({ name: 'causeway_depth_events', help: 'Depth.', label: 'of' }, () => depths);
    expect((await textOf(metrics)).slice(2)).toEqual([
      'causeway_depth_events{of="a",service="test"} 1',
      'causeway_depth_events{of="b",service="test"} 2',
    ]);
    depths.delete('a');
    expect((await textOf(metrics)).slice(2)).toEqual(['causeway_depth_events{of="b",service="test"} 2']);
  });

  it('tell memory, CPU and event loop of the process, in the text format that scrapers ask for', async () => {
    const { contentType, text } = await createMetrics('test').page();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds'])
      expect(text).toContain(`\n${name}{service="test"} `);
  });

  it('belong to their own set: two sets may use the same name, one set may not use it twice', () => {
    const [one, other] = [createMetrics('one'), createMetrics('other')];
    const what = { name: 'causeway_twice_total', help: 'Twice.' } as const;
    one.counter(what);
    other.counter(what);
    expect(() => one.counter(what)).toThrow('already been registered');
  });
});
