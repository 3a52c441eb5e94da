import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { updateInstance } from '../instance-record.ts';
import { launch } from '../process/launch.ts';
import { isGone, terminate } from '../process/terminate.ts';
import { instanceStatus } from './status.ts';

describe('the status of an instance', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'causeway-status-'));
  });
  afterEach(async () => {
    await terminate(home, 'gateway', { signal: 'SIGKILL', graceMs: 50_000 });
    rmSync(home, { recursive: true });
  });

  const start = (script: string): ReturnType<typeof launch> =>
    launch(home, {
      name: 'gateway',
      command: '/bin/sh',
      args: ['-c', script],
      env: { PATH: process.env['PATH'] },
      cwd: home,
      port: 1,
      setup: 'x',
    });
  const of = async (name: string) => (await instanceStatus(home)).find((status) => status.name === name);

  it('names everything, in the order it is started', async () => {
    expect((await instanceStatus(home)).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'postgres stopped',
      'nats stopped',
      'audit-ledger stopped',
      'run-orchestrator stopped',
      'egress-proxy stopped',
      'resource-store stopped',
      'gateway stopped',
      'witness stopped',
    ]);
  });

  it('tells a process that runs from one that is ready', async () => {
    const { pid } = await start('exec sleep 60');
    expect(await of('gateway')).toMatchObject({ state: 'running', ready: false, pid, port: 1 });
  });

  it('tells a process that is gone from one that was stopped', async () => {
    await start('exit 1');
    await isGone(home, 'gateway', 50_000);
    expect(await of('gateway')).toEqual({ name: 'gateway', state: 'ended', ready: false });
  });

  it('says that a server named by URL is not ours', async () => {
    await updateInstance(home, () => ({ postgresUrl: 'postgres://127.0.0.1:1/causeway', given: ['postgres'] }));
    expect(await of('postgres')).toEqual({ name: 'postgres', state: 'given', ready: false, port: 1 });
  });
});
