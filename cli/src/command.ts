import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { ExitCode } from './exit-code.ts';

export type Io = {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Resolves when a verb that goes on for ever is to end; left out, SIGINT and SIGTERM tell. */
  readonly ended?: Promise<void>;
};

type Values = { readonly [option: string]: string | boolean | undefined | (string | boolean)[] };

/** Arguments of a verb after parsing. */
export type Input = {
  readonly positionals: readonly string[];
  readonly has: (option: string) => boolean;
  readonly text: (option: string) => string | undefined;
  /** Every value of an option that may be given several times. */
  readonly texts: (option: string) => readonly string[];
  /** A whole number from `min` up; `otherwise` when the option is left out. */
  readonly count: (option: string, min: number, otherwise: number) => number;
};

export type Command = {
  /** The whole help text; its first line is `./causeway <verb> …`. */
  readonly usage: string;
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  /** How many arguments that are not options it takes at most; default 0. */
  readonly maxPositionals?: number;
  readonly run: (input: Input, io: Io) => Promise<ExitCode>;
};

/** A verb that hands its arguments on to a program of its own, unread. */
export type Forwarder = {
  readonly usage: string;
  readonly forward: (args: readonly string[], io: Io) => Promise<ExitCode>;
};

/** The command line could not be understood; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Parses a verb's arguments; throws UsageError on an unknown option, a missing value or too many arguments. */
export function parseInput(args: readonly string[], { options = {}, maxPositionals = 0 }: Command): Input {
  const { values, positionals } = parse(args, options);
  if (positionals.length > maxPositionals) {
    throw new UsageError(`there is no place for the argument "${positionals[maxPositionals]}"`);
  }
  const text = (option: string): string | undefined => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  const texts = (option: string): readonly string[] =>
    [values[option] ?? []].flat().filter((value) => typeof value === 'string');
  return {
    ...{ positionals, has: (option) => values[option] === true, text, texts },
    count: (...of) => countIn(text(of[0]), ...of),
  };
}

function parse(
  args: readonly string[],
  options: NonNullable<Command['options']>,
): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS')) throw new UsageError(message.split('. ')[0] ?? message);
    throw error;
  }
}

function countIn(text: string | undefined, option: string, min: number, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
    throw new UsageError(`--${option} takes a whole number from ${min} up, not "${text}"`);
  }
  return value;
}
