import { countLines, prose, tableRows } from './markdown.ts';
import type { Doc } from './references.ts';

const README_LINES = 120;
const ADR_LINES = 80;

const bare = (cell: string): string => cell.replace(/[`*]/g, '').trim();

/** The table of docs/errors.md against the one in the contracts: the same codes, each with its HTTP status. */
export function errorTableGaps(
  markdown: string,
  codes: Readonly<Record<string, { readonly httpStatus: number }>>,
): readonly string[] {
  const documented = new Map(
    tableRows(markdown)
      .map(([code = '', status = '']) => [bare(code), bare(status)] as const)
      .filter(([code]) => /^[A-Z][A-Z0-9_]+$/.test(code)),
  );
  const missing = Object.entries(codes).flatMap(([code, { httpStatus }]) => {
    const status = documented.get(code);
    if (status === undefined) return [`the code ${code} is missing`];
    return status === String(httpStatus) ? [] : [`${code} is documented with ${status}, but answers ${httpStatus}`];
  });
  const invented = [...documented.keys()].filter((code) => !(code in codes)).map((code) => `there is no code ${code}`);
  return [...missing, ...invented];
}

/** Nouns of event types that the glossary does not define: an entry begins a line, a table row, a list item or a heading. */
export function undefinedNouns(markdown: string, eventTypes: Iterable<string>): readonly string[] {
  const nouns = new Set([...eventTypes].map((type) => type.split('.')[0] ?? type));
  const entries = prose(markdown)
    .split('\n')
    .map((line) => line.replace(/^[\s|#*\-`]+/, '').toLowerCase());
  return [...nouns]
    .filter((noun) => !entries.some((entry) => entry.startsWith(noun) && !/^[\w-]/.test(entry.slice(noun.length))))
    .map((noun) => `the noun '${noun}' of the event types is not defined`);
}

/** Decisions that are too long or that their index does not list. */
export function adrGaps(index: string, records: readonly Doc[]): readonly string[] {
  return records.flatMap(({ path, text }) => {
    const name = path.split('/').at(-1) ?? path;
    const lines = countLines(text);
    return [
      ...(index.includes(`(${name})`) || index.includes(`(./${name})`) ? [] : [`${path} is not in the index`]),
      ...(lines > ADR_LINES ? [`${path} has ${lines} lines; a decision fits in ${ADR_LINES}`] : []),
    ];
  });
}

/** A front page that no longer fits on a few screens. */
export const readmeTooLong = (text: string): readonly string[] =>
  countLines(text) > README_LINES ? [`${countLines(text)} lines; the front page fits in ${README_LINES}`] : [];
