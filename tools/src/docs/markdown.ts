/** Readers of the few Markdown forms that the documents use; fenced blocks are code and are read apart from the prose. */

const FENCE = /^(`{3,}|~{3,})([\w-]*)[^\n]*\n([\s\S]*?)^\1[^\S\n]*$/gm;

/** The text without its fenced blocks. */
export const prose = (markdown: string): string => markdown.replace(FENCE, '');

/** Targets of inline links and images. */
export const links = (markdown: string): readonly string[] =>
  [...prose(markdown).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map((m) => m[1] ?? '');

/** Contents of inline code. */
export const codeSpans = (markdown: string): readonly string[] =>
  [...prose(markdown).matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map((m) => m[1] ?? '');

/** Fenced blocks whose language is a shell. */
export const shellBlocks = (markdown: string): readonly string[] =>
  [...markdown.matchAll(FENCE)].filter((m) => ['sh', 'bash', 'shell'].includes(m[2] ?? '')).map((m) => m[3] ?? '');

/** Rows of tables, cell by cell, without the rulers. */
export const tableRows = (markdown: string): readonly (readonly string[])[] =>
  prose(markdown)
    .split('\n')
    .filter((line) => /^\s*\|/.test(line) && !/^[\s|:-]+$/.test(line))
    .map((line) =>
      line
        .trim()
        .replace(/^\||\|$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );

/** The anchors of the headings, as code hosts make them: lower case, punctuation dropped, spaces to hyphens. */
export const anchors = (markdown: string): ReadonlySet<string> =>
  new Set(
    [...prose(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map((m) =>
      (m[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

export const countLines = (text: string): number => text.replace(/\n$/, '').split('\n').length;
