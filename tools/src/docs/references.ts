import { posix } from 'node:path';
import { anchors, codeSpans, links } from './markdown.ts';

/** A document by its path from the root of the repository. */
export type Doc = { readonly path: string; readonly text: string };

/** What a check of the documents asks of the tree. */
export type Tree = {
  /** Whether a file or folder is there; the path may hold `*`. */
  readonly has: (path: string) => boolean;
  /** The text of a document; undefined when it is not there. */
  readonly read: (path: string) => string | undefined;
};

const TOP_FOLDERS = ['libs', 'services', 'cli', 'demo', 'bench', 'e2e', 'tools', 'docs', 'deploy', '.ci'];

const hasAnchor = (text: string | undefined, anchor: string): boolean => anchors(text ?? '').has(anchor);

function brokenLink(doc: Doc, link: string, tree: Tree): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined;
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? doc.path : posix.normalize(posix.join(posix.dirname(doc.path), file));
  if (target.startsWith('..')) return `the link ${link} leaves the repository`;
  if (!tree.has(target)) return `the link ${link} leads to ${target}, which does not exist`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  const found = hasAnchor(target === doc.path ? doc.text : tree.read(target), anchor);
  return found ? undefined : `the link ${link} names a heading that ${target} does not have`;
}

/** Relative links that lead nowhere. */
export const brokenLinks = (doc: Doc, tree: Tree): readonly string[] =>
  links(doc.text).flatMap((link) => brokenLink(doc, link, tree) ?? []);

/** A path in the text as a pattern: `<service>` and `…` stand for anything; a line number behind a colon is no part of it. */
const patternOf = (span: string): string =>
  span
    .replace(/:\d+(-\d+)?$/, '')
    .replace(/<[^>/]+>|…/g, '*')
    .replace(/\/$/, '');

const looksLikePath = (span: string): boolean =>
  TOP_FOLDERS.some((folder) => span.startsWith(`${folder}/`)) && !/\s/.test(span);

/** Paths in inline code that are not in the tree. */
export const missingPaths = (doc: Doc, tree: Tree): readonly string[] =>
  codeSpans(doc.text)
    .filter((span) => looksLikePath(span) && !tree.has(patternOf(span)))
    .map((span) => `\`${span}\` looks like a path of this repository, but is not there`);
