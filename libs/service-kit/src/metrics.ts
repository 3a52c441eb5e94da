import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram } from 'prom-client';

/** What a metric is called and what it says. Names are `causeway_<noun>_<unit>`, counters end in `_total`. */
export type Declared<Label extends string = never> = {
  readonly name: `causeway_${string}`;
  /** One sentence, for people who meet it in a dashboard. */
  readonly help: string;
  /** Few values each: every combination is a series of its own. */
  readonly labels?: readonly Label[];
};

/** The metrics of one process. A name can be declared once; the second time is an error. */
export type Metrics = {
  readonly counter: <Label extends string = never>(what: Declared<Label>) => Counter<Label>;
  readonly gauge: <Label extends string = never>(what: Declared<Label>) => Gauge<Label>;
  /** A gauge that is read when somebody looks, so keeping it costs nothing. `read` must be quick; undefined means that there is no value now. */
  readonly reading: (what: Declared, read: () => number | undefined) => void;
  /** The same with a value for each of some names, which `label` carries. */
  readonly readings: (what: Declared & { readonly label: string }, read: () => ReadonlyMap<string, number>) => void;
  /** `buckets`: upper bounds, ascending, in the unit of the metric's name. */
  readonly histogram: <Label extends string = never>(
    what: Declared<Label> & { readonly buckets: readonly number[] },
  ) => Histogram<Label>;
  /** Everything as Prometheus text (exposition format 0.0.4), memory, CPU and event loop of the process included. */
  readonly page: () => Promise<MetricsPage>;
};

export type MetricsPage = { readonly contentType: string; readonly text: string };

/** An empty set of metrics beside those of the process; every series carries `service`. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });

  const settings = <Label extends string>({ name, help, labels = [] }: Declared<Label>) => ({
    ...{ name, help, registers: [registry] },
    labelNames: labels,
  });

  return {
    counter: (what) => new Counter(settings(what)),
    gauge: (what) => new Gauge(settings(what)),
    reading: (what, read) => {
      const gauge = new Gauge({
        ...settings(what),
        collect: () => {
          const value = read();
          if (value === undefined) gauge.remove();
          else gauge.set(value);
        },
      });
    },
    readings: ({ label, ...what }, read) => {
      const gauge = new Gauge({
        ...settings<string>({ ...what, labels: [label] }),
        collect: () => {
          gauge.reset();
          for (const [name, value] of read()) gauge.set({ [label]: name }, value);
        },
      });
    },
    histogram: (what) => new Histogram({ ...settings(what), buckets: [...what.buckets] }),
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
