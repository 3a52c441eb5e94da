import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

describe('the lock of a home', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'causeway-lock-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('lets one worker in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(home, 'probe', work)));
    expect(most).toBe(1);
  });

  it('is free again after work that failed, and leaves no file behind', async () => {
    await expect(withLock(home, 'probe', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withLock(home, 'probe', async () => 'done')).toBe('done');
    expect(readdirSync(join(home, 'locks'))).toEqual([]);
  });

  it('is taken over from a holder that is dead', async () => {
    mkdirSync(join(home, 'locks'));
    writeFileSync(join(home, 'locks', 'probe.lock'), JSON.stringify({ pid: process.pid, identity: 'an earlier life' }));
    expect(await withLock(home, 'probe', async () => 'done')).toBe('done');
  });
});
