/** Tries that a command has whose stream rivals keep moving, and the wait before the first repetition, in ms; it doubles. */
const TRIES = 8;
const FIRST_WAIT_MS = 5;

/** Does work again that lost every race for its stream: other replicas were faster, and nothing is wrong. */
export async function persistently<Value>(
  work: () => Promise<Value>,
  sleep: (ms: number) => Promise<unknown>,
): Promise<Value> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried >= TRIES || !isConflict(error)) throw error;
      await sleep(FIRST_WAIT_MS * 2 ** tried);
    }
  }
}

const isConflict = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'VERSION_CONFLICT';
