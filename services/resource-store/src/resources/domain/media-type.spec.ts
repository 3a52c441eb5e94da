import { acceptedMediaType, mediaTypeOfFile } from './media-type.ts';

describe('the media type of a file', () => {
  it.each([
    ['notes.md', 'text/markdown'],
    ['a/b/README.MARKDOWN', 'text/markdown'],
    ['data.json', 'application/json'],
    ['page.html', 'text/html'],
    ['table.csv', 'text/csv'],
    ['feed.xml', 'application/xml'],
    ['notes.txt', 'text/plain'],
    ['LICENSE', 'text/plain'],
    ['archive.constructor', 'text/plain'],
  ])('of %s is %s', (path, type) => expect(mediaTypeOfFile(path)).toBe(type));
});

describe('the media type of an answer', () => {
  it.each([
    ['text/html; charset=utf-8', 'text/html'],
    ['TEXT/Plain', 'text/plain'],
    ['text/markdown', 'text/markdown'],
    ['application/json', 'application/json'],
    ['application/ld+json; profile="x"', 'application/ld+json'],
    ['application/atom+xml', 'application/atom+xml'],
    ['application/xml', 'application/xml'],
  ])('%s is kept as %s', (given, type) => expect(acceptedMediaType(given)).toBe(type));

  it.each([undefined, '', 'image/png', 'application/octet-stream', 'application/pdf', 'text/', 'text', 'x text/plain'])(
    '%s is not kept',
    (given) => expect(acceptedMediaType(given)).toBeUndefined(),
  );
});
