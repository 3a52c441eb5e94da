/** Runs work under one name one after another, and work under different names side by side. A failure does not hold up the next. */
export function takingTurns() {
  const last = new Map<string, Promise<unknown>>();

  return <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    const ended = turn.then(
      () => {},
      () => {},
    );
    last.set(name, ended);
    void ended.then(() => {
      if (last.get(name) === ended) last.delete(name);
    });
    return turn;
  };
}
