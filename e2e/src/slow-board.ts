import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A board in the outside world that takes its time over each post. */
export type SlowBoard = {
  /** How many posts have arrived so far. */
  readonly arrived: () => number;
  /** Waits until this many have arrived. */
  readonly untilArrived: (count: number) => Promise<void>;
  /** Waits until nobody waits for an answer any more. */
  readonly untilLeft: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const POLL_MS = 5;

/** Starts a board on a loopback port that answers each request with 201 after `delayMs`. */
export async function startSlowBoard(port: number, delayMs: number): Promise<SlowBoard> {
  let arrived = 0;
  let waiting = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      arrived++;
      waiting++;
      response.once('close', () => waiting--);
      const timer = setTimeout(() => response.writeHead(201).end('{}'), delayMs);
      response.once('close', () => clearTimeout(timer));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    arrived: () => arrived,
    untilArrived: async (count) => {
      while (arrived < count) await sleep(POLL_MS);
    },
    untilLeft: async () => {
      while (waiting > 0) await sleep(POLL_MS);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
