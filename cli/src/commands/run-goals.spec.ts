import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseInput } from '../command.ts';
import type { Gateway } from '../gateway-client.ts';
import { jsonOf, startRun, subgoalsOf } from './run-goals.ts';
import { runs } from './runs.ts';

const SUBGOAL = { subgoalId: 'g1', goal: 'first', state: 'active', claimed: false, stepsUsed: 1, budget: { steps: 3 } };
function talk() {
  const asked: { readonly path: string; readonly body?: unknown }[] = [];
  const answer = { runId: 'run_1', state: 'active', subgoals: [SUBGOAL] };
  const gateway = {
    get: async (path: string) => (asked.push({ path }), answer),
    post: async (path: string, body: unknown) => (asked.push({ path, body }), answer),
  } as unknown as Gateway;
  const lines: string[] = [];
  return { asked, gateway, lines, io: { out: (line: string) => void lines.push(line), err: () => {} } };
}
const input = (...args: string[]) => parseInput(args, runs);

describe('a run on the command line', () => {
  it('starts with a predicate, subgoals and a number of steps', async () => {
    const { asked, gateway, io, lines } = talk();
    const args = [
      '--session',
      'ses_1',
      '--goal',
      'x',
      '--predicate',
      '{"kind":"manual"}',
      '--subgoals',
      '[]',
      '--steps',
      '4',
    ];
    expect(await startRun(gateway, input('start', ...args), io)).toBe(0);
    const body = { sessionId: 'ses_1', goal: 'x', predicate: { kind: 'manual' }, subgoals: [], budget: { steps: 4 } };
    expect(asked).toEqual([{ path: '/v1/runs', body }]);
    expect(lines).toEqual(['run_1 is active.']);
  });

  it.each([
    ['--goal', 'x'],
    ['--session', 'ses_1', '--goal', 'x'],
  ])('does not start without what it needs: %s %s', async (...args) => {
    const { gateway, io } = talk();
    await expect(startRun(gateway, input('start', ...args), io)).rejects.toThrow('start needs --');
  });

  it('shows its subgoals, and adds some first', async () => {
    const { asked, gateway, io, lines } = talk();
    await subgoalsOf(gateway, 'run_1', input('subgoals', 'run_1'), io);
    await subgoalsOf(gateway, 'run_1', input('subgoals', 'run_1', '--add', '[{"subgoalId":"g2"}]'), io);
    expect(asked).toEqual([
      { path: '/v1/runs/run_1' },
      { path: '/v1/runs/run_1/subgoals', body: { subgoals: [{ subgoalId: 'g2' }] } },
    ]);
    expect(lines[0]).toMatch(/^g1 +active +no +1\/3 +first$/m);
  });

  it('takes JSON from a file as well, and says when it is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'causeway-goals-'));
    const file = join(folder, 'predicate.json');
    writeFileSync(file, '{"kind":"never"}');
    expect(jsonOf('predicate', `@${file}`)).toEqual({ kind: 'never' });
    rmSync(folder, { recursive: true });
    for (const wrong of ['{', `@${file}`]) expect(() => jsonOf('predicate', wrong)).toThrow('--predicate takes JSON');
  });
});
