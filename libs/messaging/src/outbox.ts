/** Work that sends, gathered. */
export type Outbox = { readonly add: (send: () => void) => void };

/**
 * Gathers what is to be sent until the event loop has taken in what is there, and sends it in one go. The NATS client writes to its socket once
 * for everything that is sent in one go, and a write costs more than a message: under load many answers leave in one write. Where all is quiet
 * there is nothing to wait for: what is added leaves as soon as the code that added it has run, with whatever else that adds.
 * @param isQuiet whether nothing else is about to be sent; asked for the first of those that leave together. Default: never
 */
export function createOutbox(isQuiet: () => boolean = () => false): Outbox {
  let waiting: (() => void)[] = [];
  function sendAll(): void {
    const now = waiting;
    waiting = [];
    for (const send of now) send();
  }
  return {
    add: (send) => {
      if (waiting.push(send) > 1) return;
      if (isQuiet()) queueMicrotask(sendAll);
      else setImmediate(sendAll);
    },
  };
}
