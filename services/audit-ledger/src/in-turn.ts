/** Does one work after the other, in the order asked for; one that fails holds none of the others up. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** An empty queue of work. */
export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}
