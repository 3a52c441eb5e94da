const BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['md', 'text/markdown'],
  ['markdown', 'text/markdown'],
  ['html', 'text/html'],
  ['htm', 'text/html'],
  ['csv', 'text/csv'],
  ['json', 'application/json'],
  ['xml', 'application/xml'],
]);

/** Media type of a file that holds text, from the end of its name; text/plain for any other name. */
export function mediaTypeOfFile(path: string): string {
  const extension = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return BY_EXTENSION.get(extension) ?? 'text/plain';
}

const APPLICATION_TEXT = /^application\/(json|xml|markdown|[a-z0-9!#$&^_.-]+\+(json|xml))$/;
const TEXT = /^text\/[a-z0-9!#$&^_.+-]+$/;

/**
 * The media type of an answer, without parameters and in lower case, when it is one that is kept: text of any kind, JSON, XML or Markdown
 * (with the structured suffixes of RFC 6839); undefined for anything else and for an answer that does not say.
 */
export function acceptedMediaType(contentType: string | undefined): string | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return TEXT.test(type) || APPLICATION_TEXT.test(type) ? type : undefined;
}
