/** Work that sends, gathered. */
export type Outbox = { readonly add: (send: () => void) => void };

/**
 * Gathers what is to be sent until the event loop has taken in what is there, and sends it in one go. The NATS client writes to its socket once
 * for everything that is sent in one go, and a write costs more than a message: under load many answers leave in one write, and a single one
 * waits for nothing but the turn of the loop.
 */
export function createOutbox(): Outbox {
  let waiting: (() => void)[] = [];
  function sendAll(): void {
    const now = waiting;
    waiting = [];
    for (const send of now) send();
  }
  return {
    add: (send) => {
      if (waiting.push(send) === 1) setImmediate(sendAll);
    },
  };
}
