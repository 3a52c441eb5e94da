import type { ModelDialect } from '@causeway/contracts';
import { eventReader } from './sse.ts';

/** What a provider says that was used; left out where it says nothing. */
export type Told = { readonly inputTokens?: number; readonly outputTokens?: number };

/** Reads an answer as it comes. */
export type AnswerReader = {
  /** `malformed`: this is not the wire format that the provider should speak. */
  readonly add: (text: string) => 'fine' | 'malformed';
  /** Once it has all come. */
  readonly end: () => 'fine' | 'malformed';
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

  function take(data: string): 'fine' | 'malformed' {
    if (data === '[DONE]') return 'fine';
    const event = membersIn(data);
    if (!event) return 'malformed';
    words += READ[dialect].words(event);
    told = { ...told, ...READ[dialect].told(event) };
    return 'fine';
  }

  return {
    add: (text) => {
      if (isStream) return events.add(text).every((data) => take(data) === 'fine') ? 'fine' : 'malformed';
      whole += text;
      return 'fine';
    },
    end: () => {
      if (isStream) return events.rest() === '' ? 'fine' : 'malformed';
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
    words: (event: Members): string =>
      listIn(event['choices'])
        .map((choice) => asMembers(choice['message']) ?? asMembers(choice['delta']) ?? {})
        .flatMap((said) => [
          ...['content', 'refusal', 'reasoning_content'].map((name) => textIn(said[name])),
          ...listIn(said['tool_calls']).map((call) => textIn(asMembers(call['function'])?.['arguments'])),
        ])
        .join(''),
    told: (event: Members): Told => {
      const usage = asMembers(event['usage']) ?? {};
      return counts(usage['prompt_tokens'], usage['completion_tokens']);
    },
  },
  /** Messages, whole and as events: input is told at the start, output again and again as a sum. */
  anthropic: {
    words: (event: Members): string => {
      const delta = asMembers(event['delta']) ?? {};
      const blocks = [delta, ...listIn(event['content'])];
      return blocks
        .flatMap((block) => [
          ...['text', 'thinking', 'partial_json'].map((name) => textIn(block[name])),
          ...(block['type'] === 'tool_use' ? [JSON.stringify(block['input'] ?? {})] : []),
        ])
        .join('');
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
