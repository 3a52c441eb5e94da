/** Calls that are being made, and the last few that were: a second request for the same call gets the first one's answer. */
export type RecentCalls<Answer> = {
  /** The answer of the call with this id and content, when there is one here. */
  readonly known: (id: string, content: string) => Promise<Answer> | undefined;
  /** Joins the call with this id, or begins it. Undefined when the id stands for a call with other content. */
  readonly join: (id: string, content: string, begin: () => Promise<Answer>) => Promise<Answer> | undefined;
};

type Entry<Answer> = { readonly content: string; readonly answer: Promise<Answer>; settled: boolean };

/**
 * @param isFinal whether an answer is kept for later requests; one that is not can be asked for anew
 * @param keep how many finished calls are kept
 */
export function recentCalls<Answer>(isFinal: (answer: Answer) => boolean, keep = 32): RecentCalls<Answer> {
  const calls = new Map<string, Entry<Answer>>();

  function forgetOldest(): void {
    const settled = [...calls].filter(([, entry]) => entry.settled);
    for (const [id] of settled.slice(0, Math.max(0, settled.length - keep))) calls.delete(id);
  }

  function settle(id: string, entry: Entry<Answer>, kept: boolean): void {
    entry.settled = true;
    if (!kept) calls.delete(id);
    forgetOldest();
  }

  return {
    known: (id, content) => {
      const entry = calls.get(id);
      return entry?.content === content ? entry.answer : undefined;
    },
    join: (id, content, begin) => {
      const known = calls.get(id);
      if (known) return known.content === content ? known.answer : undefined;
      const entry: Entry<Answer> = { content, answer: begin(), settled: false };
      calls.set(id, entry);
      entry.answer.then(
        (answer) => settle(id, entry, isFinal(answer)),
        () => settle(id, entry, false),
      );
      return entry.answer;
    },
  };
}
