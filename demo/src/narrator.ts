import { styleText } from 'node:util';

/** Tells a person what happens. */
export type Narrator = {
  /** A new part of the story. */
  readonly chapter: (title: string) => void;
  readonly line: (text: string) => void;
  readonly good: (text: string) => void;
  readonly bad: (text: string) => void;
  /** What somebody else said: an agent, or text from outside. Shown so that it cannot act on the terminal. */
  readonly quote: (speaker: string, text: string) => void;
};

/** Writes to a stream; in colour when it is a terminal. */
export function narratorTo(stream: NodeJS.WriteStream): Narrator {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    styleText(style, text, { stream, validateStream: true });
  const write = (text: string): void => void stream.write(`${text}\n`);
  return {
    chapter: (title) => write(`\n${paint('bold', title)}`),
    line: (text) => write(`  ${text}`),
    good: (text) => write(`  ${paint('green', '✓')} ${text}`),
    bad: (text) => write(`  ${paint('red', '✗')} ${text}`),
    quote: (speaker, text) => {
      for (const line of text.split('\n')) write(`  ${paint('dim', `${speaker} │`)} ${shown(line)}`);
    },
  };
}

/** Text from outside with control and formatting characters as escapes: they could move the cursor or turn the reading direction. */
export function shown(text: string): string {
  return text.replaceAll(/\p{C}/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
