import type { Pool } from '@causeway/postgres';
import { erasureFinisher } from './finisher.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

describe('the finisher of erasures', () => {
  it('looks again when it was woken while it looked', async () => {
    let looks = 0;
    const query = () => {
      if (++looks === 1) finisher.wake();
      return Promise.resolve({ rows: [] });
    };
    const finisher = erasureFinisher({
      pool: { query } as unknown as Pool,
      ...{ log: silent, copies: { remove: () => Promise.resolve() }, publishedTo: () => 10, forget: () => {} },
    });
    finisher.begin();
    // Nothing here waits for anything but promises, so one turn of the loop is long enough for any number of looks.
    await new Promise((resolve) => setImmediate(resolve));
    await finisher.stop();
    expect(looks).toBe(2);
  });
});
