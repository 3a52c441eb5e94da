/**
 * One call at a time, shared: whoever asks while one runs gets the answer of the next, which starts after they asked. So what many
 * strangers ask for at once costs two calls, and nobody gets an answer older than their question.
 */
export function joined<Value>(call: () => Promise<Value>): () => Promise<Value> {
  let running: Promise<Value> | undefined;
  let following: Promise<Value> | undefined;

  function start(): Promise<Value> {
    running = call().finally(() => (running = undefined));
    return running;
  }

  return () => {
    if (!running) return start();
    following ??= running
      .catch(() => {})
      .then(() => {
        following = undefined;
        return start();
      });
    return following;
  };
}
