import { createMetrics, type Metrics } from '@causeway/service-kit';
import { APPEND_OUTCOMES, ledgerMetrics } from './metrics.ts';

const NOTHING = { isLeader: () => false, publishedTo: () => undefined, now: () => 0 };

async function samplesOf(metrics: Metrics): Promise<Readonly<Record<string, number>>> {
  const { text } = await metrics.page();
  const lines = text.split('\n').filter((line) => line.startsWith('causeway_ledger_'));
  return Object.fromEntries(
    lines.map((line) => {
      const [series = '', value] = line.split('} ');
      return [series.replace(/[,{]service="test"/, '').replace('causeway_ledger_', ''), Number(value)];
    }),
  );
}

describe('the metrics of the ledger', () => {
  it('show what the writer tells', async () => {
    const metrics = createMetrics('test');
    const { writer } = ledgerMetrics(metrics, NOTHING);
    writer.queue(12);
    writer.batch(100, 0.003);
    writer.batch(2, 0.3);
    writer.outcome('sealed', 40);
    writer.outcome('busy');
    expect(await samplesOf(metrics)).toMatchObject({
      append_queue_events: 12,
      batch_events_sum: 102,
      batch_events_count: 2,
      'batch_events_bucket{le="2"': 1,
      'batch_events_bucket{le="128"': 2,
      commit_seconds_count: 2,
      'commit_seconds_bucket{le="0.004"': 1,
      'appends_total{outcome="sealed"': 40,
      'appends_total{outcome="busy"': 1,
    });
  });

  it('count every outcome from zero on', async () => {
    const metrics = createMetrics('test');
    ledgerMetrics(metrics, NOTHING);
    const samples = await samplesOf(metrics);
    expect(APPEND_OUTCOMES.map((outcome) => samples[`appends_total{outcome="${outcome}"`])).toEqual([0, 0, 0, 0, 0]);
  });

  it('show the end of the log and of publication while this replica writes, and nothing stale after', async () => {
    const metrics = createMetrics('test');
    let leads = true;
    const ledger = ledgerMetrics(metrics, {
      isLeader: () => leads,
      publishedTo: () => (leads ? 90 : undefined),
      now: () => 0,
    });
    ledger.head(100);
    expect(await samplesOf(metrics)).toMatchObject({ leader: 1, head_position: 100, published_position: 90 });
    ledger.signed(100, 0);
    ledger.cosigned('w.example/1', 100);
    leads = false;
    const after = await samplesOf(metrics);
    const shown = Object.keys(after).filter((name) => !/^(append|batch|commit)/.test(name));
    expect(shown).toEqual(['leader']);
    expect(after['leader']).toBe(0);
  });

  it('show size and age of the newest checkpoint, and how far each witness is', async () => {
    const metrics = createMetrics('test');
    let now = 5_000;
    const ledger = ledgerMetrics(metrics, { ...NOTHING, isLeader: () => true, now: () => now });
    expect(await samplesOf(metrics)).not.toHaveProperty('checkpoint_age_seconds');
    ledger.signed(64, 5_000);
    now = 7_500;
    ledger.cosigned('w.example/1', 60);
    ledger.cosigned('w.example/1', 64);
    expect(await samplesOf(metrics)).toMatchObject({
      checkpoint_size: 64,
      checkpoint_age_seconds: 2.5,
      'witness_cosigned_size{witness="w.example/1"': 64,
    });
    now = 4_000;
    expect(await samplesOf(metrics)).toMatchObject({ checkpoint_age_seconds: 0 });
  });
});
