export type Page = { readonly text: string; readonly next?: number };

/**
 * Part of a text. `offset` and `limit` count characters as Unicode code points, so that no page ends within one; `next` is where the
 * following page begins and is absent on the last. An offset past the end gives an empty last page.
 */
export function pageOf(text: string, { offset, limit }: { offset: number; limit: number }): Page {
  const begin = skip(text, 0, offset);
  const end = skip(text, begin, limit);
  return { text: text.slice(begin, end), ...(end < text.length ? { next: offset + limit } : {}) };
}

/** The index `characters` further on, at most the end. */
function skip(text: string, from: number, characters: number): number {
  let index = from;
  for (let skipped = 0; skipped < characters && index < text.length; skipped++) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return index;
}
