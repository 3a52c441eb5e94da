import type { ModelDialect } from '@causeway/contracts';
import { eventReader } from './sse.ts';

/** What a provider says that was used; left out where it says nothing. */
export type Told = { readonly inputTokens?: number; readonly outputTokens?: number };

/** A stretch of what the model says, and of which of its texts: they come in turns, and each goes on where it was. */
export type Said = { readonly channel: string; readonly text: string };

/** One event of a stream that ended: how long it is there, in UTF-16 code units, and what it says. */
export type AnswerEvent = { readonly length: number; readonly said: readonly Said[] };

/** Reads an answer as it comes. */
export type AnswerReader = {
  /** The events that end with this piece. `malformed`: this is not the wire format that the provider should speak. */
  readonly add: (text: string) => readonly AnswerEvent[] | 'malformed';
  /** Once it has all come: what is said in an answer that is no stream. */
  readonly end: () => readonly Said[] | 'malformed';
  /** All words of the model so far, arguments of tools included. */
  readonly words: () => string;
  readonly told: () => Told;
};

type Members = Readonly<Record<string, unknown>>;

/** @param isStream whether the answer is server-sent events; else one JSON object */
export function answerReader(dialect: ModelDialect, isStream: boolean): AnswerReader {
  const events = eventReader();
  let whole = '';
  let words = '';
  let told: Told = {};

  function take(data: string): readonly Said[] | 'malformed' {
    if (data === '[DONE]') return [];
    const event = membersIn(data);
    if (!event) return 'malformed';
    const said = READ[dialect].said(event).filter(({ text }) => text !== '');
    words += said.map(({ text }) => text).join('');
    told = { ...told, ...READ[dialect].told(event) };
    return said;
  }

  function taken(text: string): readonly AnswerEvent[] | 'malformed' {
    const all: AnswerEvent[] = [];
    for (const { data, length } of events.add(text)) {
      const said = data === undefined ? [] : take(data);
      if (said === 'malformed') return 'malformed';
      all.push({ length, said });
    }
    return all;
  }

  return {
    add: (text) => {
      if (isStream) return taken(text);
      whole += text;
      return [];
    },
    end: () => {
      if (isStream) return events.rest() === '' ? [] : 'malformed';
      return take(whole);
    },
    words: () => words,
    told: () => told,
  };
}

function membersIn(text: string): Members | undefined {
  try {
    return asMembers(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const READ = {
  /** Chat completions, whole and in chunks: a choice has a `message` or a `delta`, and the last chunk the usage. */
  openai: {
    said: (event: Members): readonly Said[] =>
      listIn(event['choices']).flatMap((choice, place) => {
        const said = asMembers(choice['message']) ?? asMembers(choice['delta']) ?? {};
        const number = countIn(choice['index']) ?? place;
        return [
          ...textsIn(said, ['content', 'refusal', 'reasoning_content'], number),
          ...listIn(said['tool_calls']).flatMap((call, at) =>
            textsIn(asMembers(call['function']) ?? {}, ['arguments'], `${number} ${countIn(call['index']) ?? at}`),
          ),
        ];
      }),
    told: (event: Members): Told => {
      const usage = asMembers(event['usage']) ?? {};
      return counts(usage['prompt_tokens'], usage['completion_tokens']);
    },
  },
  /** Messages, whole and as events: input is told at the start, output again and again as a sum. */
  anthropic: {
    said: (event: Members): readonly Said[] => {
      const blocks = [asMembers(event['delta']) ?? {}, ...listIn(event['content'])];
      return blocks.flatMap((block, place) => {
        const number = countIn(event['index']) ?? place;
        const used = block['type'] === 'tool_use' ? JSON.stringify(block['input'] ?? {}) : '';
        return [
          ...textsIn(block, ['text', 'thinking', 'partial_json'], number),
          { channel: `${number} input`, text: used },
        ];
      });
    },
    told: (event: Members): Told => {
      const usage = asMembers(event['usage']) ?? asMembers(asMembers(event['message'])?.['usage']) ?? {};
      const cached = ['cache_creation_input_tokens', 'cache_read_input_tokens'].map(
        (name) => countIn(usage[name]) ?? 0,
      );
      const input = countIn(usage['input_tokens']);
      const all = input === undefined ? undefined : cached.reduce((sum, more) => sum + more, input);
      return counts(all, usage['output_tokens']);
    },
  },
} as const;

const asMembers = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
const listIn = (value: unknown): readonly Members[] =>
  Array.isArray(value) ? value.map(asMembers).filter((one) => one !== undefined) : [];
const textsIn = (holder: Members, names: readonly string[], number: number | string): readonly Said[] =>
  names.map((name) => ({ channel: `${number} ${name}`, text: textIn(holder[name]) }));
const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
const countIn = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;

function counts(input: unknown, output: unknown): Told {
  const [inputTokens, outputTokens] = [countIn(input), countIn(output)];
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}
