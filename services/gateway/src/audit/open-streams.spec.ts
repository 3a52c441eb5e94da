import { once } from 'node:events';
import { openStreams } from './open-streams.ts';

async function* endless(signal: AbortSignal): AsyncGenerator<string, void> {
  while (!signal.aborted) yield 'x'.repeat(1024);
}

describe('open streams', () => {
  it('refuses one more than it may hold, and takes another once one is closed', async () => {
    const streams = openStreams({ most: 2 });
    const first = streams.open(endless);
    streams.open(endless);
    expect(() => streams.open(endless)).toThrow('2 open streams');
    first.destroy();
    await once(first, 'close');
    expect(streams.count()).toBe(1);
    streams.open(endless);
    streams.close();
  });

  it('tells what makes a stream that its reader is gone', async () => {
    const streams = openStreams();
    let told: AbortSignal | undefined;
    const stream = streams.open((signal) => {
      told = signal;
      return endless(signal);
    });
    stream.destroy();
    await once(stream, 'close');
    expect(told?.aborted).toBe(true);
  });

  it('ends every stream and refuses new ones once closed', async () => {
    const streams = openStreams();
    const stream = streams.open(endless);
    stream.resume();
    streams.close();
    await once(stream, 'end');
    expect(() => streams.open(endless)).toThrow('stopping');
  });

  it('cuts off a reader that takes nothing', async () => {
    const streams = openStreams({ patienceMs: 5 });
    const stream = streams.open(endless);
    stream.read(0);
    await once(stream, 'close');
    expect(streams.count()).toBe(0);
  });
});
