import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalUrl } from '@causeway/policy';
import { destination } from '../../test/destination.ts';
import { dial } from './dial.ts';
import { exchange } from './exchange.ts';

/** Far more a second than is moved here. */
const MANY_BYTES = 1_000_000;

it('does not take a destination for a slow one while whoever takes its answer takes their time', async () => {
  const site = await destination((_request, response) => {
    response.write(Buffer.alloc(64_000));
    setTimeout(() => response.end(Buffer.alloc(64_000)), 50);
  });
  const url = canonicalUrl(`http://127.0.0.1:${site.port}/`);
  if (!url.ok) throw new Error(url.detail);
  const taken: number[] = [];
  try {
    const exchanged = exchange(
      { url: url.url, method: 'GET', headers: {}, body: undefined },
      {
        ...{ ip: '127.0.0.1', dial, authorities: undefined, signal: new AbortController().signal },
        ...{ maxBodyBytes: 1_000_000, flow: { minBytesPerSecond: MANY_BYTES, graceMs: 900 } },
        overflow: {
          afterBytes: 0,
          take: async ({ length }) => {
            if (taken.push(length) === 1) await sleep(2_000);
          },
        },
        ...{ onHead: () => 'read' as const, onSending: () => {}, onMetered: () => {} },
      },
    );
    await expect(exchanged).resolves.toMatchObject({ head: { status: 200 } });
  } finally {
    await site.close();
  }
  expect(taken.reduce((sum, length) => sum + length)).toBe(128_000);
});
