import { DependencyError } from '@causeway/messaging';
import { FOR_A_START, patiently } from './ledger-patience.ts';

const away = () => new DependencyError('LEDGER_UNAVAILABLE', 'no answer');

/** Work that fails so often before it is done; pauses are the only time that goes by. */
function failing(times: number, error: Error) {
  let tries = 0;
  let nowMs = 0;
  const pause = async (ms: number) => void (nowMs += ms);
  const work = () => (tries++ < times ? Promise.reject(error) : Promise.resolve('done'));
  return {
    done: patiently(work, { ...FOR_A_START, elapsedMs: () => nowMs, pause }),
    tries: () => tries,
    elapsedMs: () => nowMs,
  };
}

describe('a start', () => {
  it('goes on once the ledger answers', async () => {
    const { done, tries } = failing(3, away());
    expect(await done).toBe('done');
    expect(tries()).toBe(4);
  });

  it('gives up after a minute, with what was wrong', async () => {
    const { done, elapsedMs } = failing(Infinity, away());
    await expect(done).rejects.toThrow('no answer');
    expect(elapsedMs()).toBe(60_000);
  });

  it('does not wait for what time does not heal', async () => {
    const { done, tries } = failing(1, new Error('the pack is broken'));
    await expect(done).rejects.toThrow('the pack is broken');
    expect(tries()).toBe(1);
  });
});
