import { shellBlocks } from './markdown.ts';

/** Commands that a reader knows or can look up; everything of our own goes through `./causeway`. */
const WELL_KNOWN = new Set(
  'cat cd cp curl docker echo export git grep head jq kill ls mkdir nats node npm npx openssl psql rm sha256sum sort sudo tail'.split(
    ' ',
  ),
);

/** The verbs of the `causeway` command, read from its dispatch table: one file in `commands/` for each. */
export const verbsOf = (tableSource: string): ReadonlySet<string> =>
  new Set([...tableSource.matchAll(/['"]\.\/commands\/([a-z-]+)\.ts['"]/g)].map((m) => m[1] ?? '').concat('help'));

/** The simple commands of a snippet, quotes emptied, so that what is quoted is not read as a command. */
function commands(block: string): readonly string[] {
  return block
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^\$ /, '')
        .replace(/'[^']*'|"[^"]*"/g, "''")
        .replace(/(^|\s)#.*$/, ''),
    )
    .flatMap((line) => line.split(/&&|\|\||[|;]/))
    .map((command) => command.trim().replace(/^(?:[A-Z_][A-Z0-9_]*=\S*\s+)+/, ''))
    .filter((command) => command !== '' && !/^[A-Z_][A-Z0-9_]*=\S*$/.test(command));
}

function refuse(command: string, verbs: ReadonlySet<string>): string | undefined {
  const [program = '', verb = ''] = command.split(/\s+/);
  if (program !== './causeway')
    return WELL_KNOWN.has(program)
      ? undefined
      : `the snippet runs '${program}', which is neither ./causeway nor well known`;
  if (verb === '' || verb.startsWith('-') || verbs.has(verb)) return undefined;
  return `the snippet runs './causeway ${verb}', but there is no such verb`;
}

/** Shell snippets that a reader could not run. */
export const unrunnable = (markdown: string, verbs: ReadonlySet<string>): readonly string[] =>
  shellBlocks(markdown)
    .flatMap(commands)
    .flatMap((command) => refuse(command, verbs) ?? []);
