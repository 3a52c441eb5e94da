import type { ModelChatInput } from '@causeway/contracts';
import { FetchStopped, stop } from '../fetch/fetch-stop.ts';
import { mediaTypeOf, type ResponseHead } from '../fetch/response-guard.ts';
import { answerReader, type AnswerReader, type Told } from './model-answer.ts';
import type { Allowance } from './model-usage.ts';
import type { ReleaseGate } from './release-gate.ts';

/** What was reserved is used up: the answer ends here. */
export class CutOff extends Error {}

export type AnswerTaker = {
  /** Throws FetchStopped. */
  readonly take: (bytes: Uint8Array, head: ResponseHead) => Promise<void>;
  /** Once all has come. Throws FetchStopped when something is wrong with it. */
  readonly end: () => void;
  /** Ends an answer that was cut off, in words that its reader understands. */
  readonly cutOff: () => void;
  readonly body: () => string;
  readonly words: () => string;
  readonly told: () => Told;
};

type Decoder = InstanceType<typeof TextDecoder>;

export type TakerOptions = {
  readonly input: Pick<ModelChatInput, 'dialect' | 'stream'>;
  readonly gate: ReleaseGate;
  readonly allowance: Allowance;
  /** Passes a stretch of a stream on, which begins after so many UTF-16 code units. */
  readonly publish: (at: number, text: string) => void;
};

/** Takes an answer piece by piece: read, looked through for secrets, counted, and only then passed on. */
export function answerTaker({ input, gate, allowance, publish }: TakerOptions): AnswerTaker {
  let decoder: Decoder | undefined;
  let reader: AnswerReader | undefined;
  let body = '';
  /** Where the events begin that are not read yet. */
  let unread = 0;
  let published = 0;
  let isOk = false;

  function passOn(until: number): void {
    if (!input.stream || !isOk || until <= published) return;
    publish(published, body.slice(published, until));
    published = until;
  }

  function read(text: string): void {
    const events = reader?.add(text) ?? [];
    if (events === 'malformed') throw new FetchStopped(malformed);
    for (const event of events) {
      gate.add(event, body.slice(unread, unread + event.length));
      unread += event.length;
    }
  }

  async function take(bytes: Uint8Array, head: ResponseHead): Promise<void> {
    isOk = head.status < 300;
    reader ??= answerReader(input.dialect, mediaTypeOf(head.headers) === 'text/event-stream');
    decoder ??= new TextDecoder('utf-8', { fatal: isOk, ignoreBOM: true });
    const text = textIn(decoder, bytes);
    body += text;
    if (!isOk) return;
    read(text);
    passOn(gate.clear());
    if (await allowance.isSpent(reader.words(), reader.told().outputTokens)) {
      const spent = stop('UPSTREAM_PROTOCOL_REFUSED', 'body', 'the answer is longer than what was reserved for it');
      throw new FetchStopped(spent, { cause: new CutOff(spent.detail) });
    }
  }

  return {
    take,
    end: () => {
      if (!isOk) return;
      const said = reader?.end() ?? 'malformed';
      if (said === 'malformed') throw new FetchStopped(malformed);
      gate.hear(said);
      passOn(body.length);
    },
    cutOff: () => {
      if (!input.stream) return;
      body = body.slice(0, gate.clear()) + ENDING[input.dialect];
      passOn(body.length);
    },
    body: () => body,
    words: () => reader?.words() ?? '',
    told: () => reader?.told() ?? {},
  };
}

function textIn(decoder: Decoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: true });
  } catch (cause) {
    throw new FetchStopped(malformed, { cause });
  }
}

const malformed = stop(
  'UPSTREAM_PROTOCOL_REFUSED',
  'body',
  'the provider does not keep to the wire format of its dialect',
);

const why = {
  type: 'budget_exhausted',
  message: 'Cut off: the tokens that were reserved for this answer are used up.',
};
const ENDING = {
  openai: `data: ${JSON.stringify({ error: { ...why, code: 'BUDGET_EXHAUSTED' } })}\n\n`,
  anthropic: `event: error\ndata: ${JSON.stringify({ type: 'error', error: why })}\n\n`,
} as const;
