import type { ModelChatInput } from '@causeway/contracts';
import { FetchStopped, stop, type Stop } from '../fetch/fetch-stop.ts';
import { mediaTypeOf, type ResponseHead } from '../fetch/response-guard.ts';
import { answerReader, type AnswerReader, type Told } from './model-answer.ts';
import type { Allowance } from './model-usage.ts';
import { heldBack } from './secret-source.ts';

/** What was reserved is used up: the answer ends here. */
export class CutOff extends Error {}

export type AnswerTaker = {
  readonly take: (bytes: Uint8Array, head: ResponseHead) => Promise<void>;
  /** Once all has come: what is wrong with it. */
  readonly end: () => Stop | undefined;
  /** Ends an answer that was cut off, in words that its reader understands. */
  readonly cutOff: () => void;
  readonly body: () => string;
  readonly words: () => string;
  readonly told: () => Told;
};

export type TakerOptions = {
  readonly input: Pick<ModelChatInput, 'dialect' | 'stream'>;
  readonly secret: string | undefined;
  readonly allowance: Allowance;
  /** Passes a stretch of a stream on, which begins after so many characters. */
  readonly publish: (at: number, text: string) => void;
};

/** Takes an answer piece by piece: read, looked at for the secret, counted, and only then passed on. */
export function answerTaker({ input, secret, allowance, publish }: TakerOptions): AnswerTaker {
  const decoder = new TextDecoder('utf-8');
  let reader: AnswerReader | undefined;
  let body = '';
  let published = 0;
  let isOk = false;

  function passOn(until: number): void {
    if (!input.stream || !isOk || until <= published) return;
    publish(published, body.slice(published, until));
    published = until;
  }

  async function take(bytes: Uint8Array, head: ResponseHead): Promise<void> {
    isOk = head.status < 300;
    reader ??= answerReader(input.dialect, mediaTypeOf(head.headers) === 'text/event-stream');
    const text = decoder.decode(bytes, { stream: true });
    body += text;
    const looked = Math.max(0, body.length - text.length - (secret?.length ?? 0));
    if (secret !== undefined && body.includes(secret, looked)) throw new FetchStopped(echoed);
    if (isOk && reader.add(text) === 'malformed') throw new FetchStopped(malformed);
    passOn(body.length - (secret === undefined ? 0 : heldBack(body, secret)));
    if (await allowance.isSpent(reader.words(), reader.told().outputTokens)) {
      const spent = stop('UPSTREAM_PROTOCOL_REFUSED', 'body', 'the answer is longer than what was reserved for it');
      throw new FetchStopped(spent, { cause: new CutOff(spent.detail) });
    }
  }

  return {
    take,
    end: () => {
      if (isOk && reader?.end() !== 'fine') return malformed;
      passOn(body.length);
      return undefined;
    },
    cutOff: () => {
      if (input.stream) body += ENDING[input.dialect];
      passOn(body.length);
    },
    body: () => body,
    words: () => reader?.words() ?? '',
    told: () => reader?.told() ?? {},
  };
}

const malformed = stop(
  'UPSTREAM_PROTOCOL_REFUSED',
  'body',
  'the provider does not keep to the wire format of its dialect',
);
const echoed = stop('UPSTREAM_PROTOCOL_REFUSED', 'body', 'the answer holds the secret that the request was sent with');

const why = {
  type: 'budget_exhausted',
  message: 'Cut off: the tokens that were reserved for this answer are used up.',
};
/** A half event before it ends with the empty line. */
const ENDING = {
  openai: `\n\ndata: ${JSON.stringify({ error: { ...why, code: 'BUDGET_EXHAUSTED' } })}\n\n`,
  anthropic: `\n\nevent: error\ndata: ${JSON.stringify({ type: 'error', error: why })}\n\n`,
} as const;
