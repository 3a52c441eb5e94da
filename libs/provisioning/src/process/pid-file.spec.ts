import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processIdentity } from './identity.ts';
import { launch, type Launch } from './launch.ts';
import { lastLines } from './log-tail.ts';
import { lastProcess, rememberProcess, runningProcess } from './pid-file.ts';
import { isGone, signalProcess, terminate } from './terminate.ts';

describe('processes of an instance', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'causeway-process-'));
  });
  afterEach(async () => {
    await terminate(home, 'probe', { signal: 'SIGKILL', graceMs: 50_000 });
    rmSync(home, { recursive: true });
  });

  const probe = (script: string): Launch => ({
    name: 'probe',
    command: '/bin/sh',
    args: ['-c', script],
    env: { PATH: process.env['PATH'] },
    cwd: home,
    port: 1,
    setup: 'x',
  });

  it('are known by their pid file until they are stopped', async () => {
    const { pid } = await launch(home, probe('echo begun; exec sleep 60'));
    expect(runningProcess(home, 'probe')?.pid).toBe(pid);
    expect(await terminate(home, 'probe', { signal: 'SIGTERM', graceMs: 50_000 })).toBe(true);
    expect(processIdentity(pid)).toBeUndefined();
    expect(lastProcess(home, 'probe')).toBeUndefined();
  });

  it('are killed when they do not stop in time', async () => {
    await launch(home, probe(`trap '' TERM; echo deaf; while :; do sleep 0.05; done`));
    while (lastLines(join(home, 'logs', 'probe.log'), 1)[0] !== 'deaf')
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await terminate(home, 'probe', { signal: 'SIGTERM', graceMs: 100 })).toBe(false);
    expect(runningProcess(home, 'probe')).toBeUndefined();
  });

  it('that ended by themselves do not count as running', async () => {
    await launch(home, probe('exit 3'));
    expect(await isGone(home, 'probe', 50_000)).toBe(true);
    expect(lastProcess(home, 'probe')).toBeDefined();
  });

  it('are never mistaken for a stranger that got the same id', () => {
    const stranger = { pid: process.pid, identity: 'another start', startedAt: '', command: '', port: 1, setup: '' };
    rememberProcess(home, 'probe', stranger);
    expect(runningProcess(home, 'probe')).toBeUndefined();
    expect(signalProcess(home, 'probe', 'SIGTERM')).toBe(false);
  });

  it('that cannot be started are an error that names them', async () => {
    await expect(launch(home, { ...probe(''), command: '/nowhere/program' })).rejects.toThrow('could not start probe');
  });
});
