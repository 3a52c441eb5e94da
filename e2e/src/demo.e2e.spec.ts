import { readFileSync } from 'node:fs';
import type { RecordedEvent } from '@causeway/contracts';
import { instanceAccess, operatorKeyFile, SERVICE_NAMES, startInstance } from '@causeway/provisioning';
import { apiOf } from './api.ts';
import { causeway, runProgram } from './program.ts';
import { newHome, removeHome, START_TIMEOUT_MS, STOP_TIMEOUT_MS } from './system.ts';

const DEMO_TIMEOUT_MS = 120_000;
const READS = ['ingest', 'read-instructions', 'read-1', 'read-2', 'read-3'];
const AGAIN = /^(read-\d)-again-(\d)$/;
const ENDINGS = ['step.succeeded', 'step.failed', 'step.denied', 'step.unknown', 'step.cancelled'];

type StepData = { readonly stepId: string; readonly attempt: number; readonly method: string } & Bytes;
type Bytes = { readonly bytesIn: number; readonly bytesOut: number };
const dataOf = ({ data }: RecordedEvent): StepData => data as unknown as StepData;

const bytesOf = (events: readonly RecordedEvent[] = []): Bytes => ({
  bytesIn: events.reduce((sum, event) => sum + dataOf(event).bytesIn, 0),
  bytesOut: events.reduce((sum, event) => sum + dataOf(event).bytesOut, 0),
});

/** Values of one kind of event's data by step. */
function byStep(events: readonly RecordedEvent[], types: readonly string[]): Map<string, RecordedEvent[]> {
  return Map.groupBy(
    events.filter(({ type }) => types.includes(type)),
    (event) => dataOf(event).stepId,
  );
}

/** The step of which this one is the next try. */
function before(stepId: string): string {
  const [, page, attempt] = AGAIN.exec(stepId) ?? [];
  return attempt === '2' ? `${page}` : `${page}-again-${Number(attempt) - 1}`;
}

describe('a demo run in which a service is killed', () => {
  let home: string;
  beforeAll(async () => {
    home = newHome();
    await startInstance({ home });
  }, START_TIMEOUT_MS);
  afterAll(() => removeHome(home), STOP_TIMEOUT_MS);

  it.each(SERVICE_NAMES)(
    'ends as told, with everything done once, although %s died in the middle',
    async (service) => {
      const { exitCode, stdout, stderr } = await runProgram(home, 'demo/src/main.ts', ['--kill', service, '--json']);
      expect({ exitCode, story: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, story: '' });
      const { runId, killed, published } = JSON.parse(stdout) as { runId: string; killed: string; published: string[] };
      expect(killed).toBe(service);
      expect(published).toHaveLength(1);

      const operator = readFileSync(operatorKeyFile(home, 'local-operator'), 'utf8').trim();
      const api = apiOf({ ...instanceAccess(home), keys: { operator, approver: '', admin: '' } });
      const log = await api.events();
      expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index));

      const run = log.filter(({ scope }) => scope === runId);
      expect(run.filter(({ type }) => type === 'run.done')).toHaveLength(1);
      for (const [stepId, ends] of byStep(run, ENDINGS)) expect([stepId, ends.length]).toEqual([stepId, 1]);
      const starts = byStep(run, ['step.started']);
      const again = [...starts.keys()].filter((stepId) => AGAIN.test(stepId));
      expect(new Set(starts.keys())).toEqual(new Set([...READS, 'publish', ...again]));
      // A page is read again only when reading it has failed, as it does when a service is away for longer than a read may take.
      const failed = [...byStep(run, ['step.failed']).keys()];
      for (const stepId of again) expect(failed).toContain(before(stepId));
      for (const attempts of starts.values()) {
        expect(attempts.map((event) => dataOf(event).attempt)).toEqual(attempts.map((_, index) => index + 1));
      }
      expect(starts.get('publish')).toHaveLength(1);
      const facts = byStep(run, ['egress.completed', 'egress.denied', 'egress.failed']);
      for (const [stepId, settled] of byStep(run, ['budget.settled']))
        expect([stepId, bytesOf(settled)]).toEqual([stepId, bytesOf(facts.get(stepId))]);

      const posts = run.filter((event) => event.type.startsWith('egress.') && dataOf(event).method === 'POST');
      expect(posts.map(({ type }) => type)).toEqual(['egress.completed']);
      expect(run.filter(({ type }) => type === 'approval.consumed')).toHaveLength(1);

      const verified = await causeway(home, 'verify');
      expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('good') as string });
    },
    DEMO_TIMEOUT_MS,
  );
});
