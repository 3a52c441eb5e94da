import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A board in the outside world that takes its time over each post. */
export type SlowBoard = {
  /** How many posts have arrived so far. */
  readonly arrived: () => number;
  /** Waits until this many have arrived. */
  readonly untilArrived: (count: number) => Promise<void>;
  /** Waits until nobody waits for an answer any more. */
  readonly untilLeft: () => Promise<void>;
  /** Answers everybody who waits. */
  readonly answer: () => void;
  readonly close: () => Promise<void>;
};

const POLL_MS = 5;

/** Starts a board on a loopback port that answers each request with 201 when it is told to; given `delayMs`, by itself after that time. */
export async function startSlowBoard(port: number, delayMs?: number): Promise<SlowBoard> {
  let arrived = 0;
  const waiting = new Set<ServerResponse>();
  const answer = (response: ServerResponse): unknown => response.writeHead(201).end('{}');
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      arrived++;
      waiting.add(response);
      const timer = delayMs === undefined ? undefined : setTimeout(answer, delayMs, response);
      response.once('close', () => {
        waiting.delete(response);
        clearTimeout(timer);
      });
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
      while (waiting.size > 0) await sleep(POLL_MS);
    },
    answer: () => {
      for (const response of waiting) answer(response);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
