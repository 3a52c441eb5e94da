import fc from 'fast-check';
import { pageOf, type Page } from './page.ts';

function pagesOf(text: string, limit: number): Page[] {
  const pages: Page[] = [];
  for (let offset: number | undefined = 0; offset !== undefined; offset = pages.at(-1)!.next) {
    pages.push(pageOf(text, { offset, limit }));
  }
  return pages;
}

const text = fc.string({ unit: 'binary', maxLength: 60 });

describe('the pages of a text', () => {
  it('put together are the text, and none holds more than asked for', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (whole, limit) => {
        const pages = pagesOf(whole, limit);
        expect(pages.map((page) => page.text).join('')).toBe(whole);
        for (const page of pages) expect([...page.text].length).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('never end within a character', () => {
    expect(pageOf('a😀b', { offset: 1, limit: 1 })).toEqual({ text: '😀', next: 2 });
    expect(pageOf('a😀b', { offset: 2, limit: 5 })).toEqual({ text: 'b' });
  });

  it('past the end are empty and the last', () => {
    expect(pageOf('abc', { offset: 3, limit: 5 })).toEqual({ text: '' });
    expect(pageOf('abc', { offset: 99, limit: 5 })).toEqual({ text: '' });
    expect(pageOf('', { offset: 0, limit: 5 })).toEqual({ text: '' });
  });
});
