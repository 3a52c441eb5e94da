import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';
import { testInfrastructure, type ServiceProcess, type TestInfrastructure } from '@causeway/testing';
import { callerOn, eventually, startLedger, type Caller } from './ledger.features.ts';

/** Names in the first column of the tables of a document. */
const documented = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^\| `(causeway_ledger_[a-z_]+)`/gm)].map(([, name = '']) => name);

const declared = (text: string): readonly string[] =>
  [...text.matchAll(/^# TYPE (causeway_\w+) /gm)].map(([, name = '']) => name);

describe('the metrics of the running ledger', () => {
  let infra: TestInfrastructure;
  let ledger: ServiceProcess;
  let caller: Caller;

  beforeAll(async () => {
    infra = await testInfrastructure();
    ledger = await startLedger(infra, await infra.database());
    caller = callerOn(await infra.connect('run-orchestrator'));
  });
  afterAll(async () => {
    await ledger.kill();
    await infra.stop();
  });

  const page = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${ledger.port}/metrics`, { headers: { connection: 'close' } });
    return response.text();
  };
  const valueOf = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(await page())?.[1]);

  it('are those that the operations guide explains, no more and no fewer', async () => {
    const guide = readFileSync(join(repositoryRoot, 'docs', 'ledger-operations.md'), 'utf8');
    const names = declared(await page());
    expect(names.length).toBeGreaterThan(0);
    expect([...documented(guide)].sort()).toEqual([...names].sort());
  });

  it('follow the log: who writes it, where it ends, and how far it is published and signed', async () => {
    await caller.appendOne();
    const { nextPosition } = await caller.head();
    expect(nextPosition).toBeGreaterThan(0);
    expect(await valueOf('causeway_ledger_leader')).toBe(1);
    expect(await valueOf('causeway_ledger_head_position')).toBe(nextPosition);
    await eventually(async () => (await valueOf('causeway_ledger_published_position')) === nextPosition);
    await eventually(async () => (await valueOf('causeway_ledger_checkpoint_size')) === nextPosition);
    expect(await valueOf('causeway_ledger_checkpoint_age_seconds')).toBeGreaterThanOrEqual(0);
  });
});
