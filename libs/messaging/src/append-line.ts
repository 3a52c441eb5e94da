import {
  appendAllBy,
  MAX_APPENDS_AT_ONCE,
  type Appended,
  type ReplyEnvelope,
  type RequestMeta,
} from '@causeway/contracts';
import type { AppendRequest } from '@causeway/eventing';
import type { Bus } from './bus.ts';
import { rejected } from './reply.ts';

/** Sends one append, in one message with those that wait beside it. Resolves to its own answer; throws nothing. */
export type AppendLine = (request: AppendRequest) => Promise<ReplyEnvelope<Appended>>;

export type AppendLineOptions = {
  readonly bus: Bus;
  readonly writer: string;
  /** How long one message may take, in ms. */
  readonly timeoutMs: number;
};

type Waiting = {
  readonly request: AppendRequest;
  readonly written: string;
  readonly answer: (reply: ReplyEnvelope<Appended>) => void;
};

/** A message holds 1 MB at most. What is larger than this travels alone. */
const MAX_CHARACTERS = 240_000;

/**
 * Gathers the appends of one turn of the event loop into one message. Each keeps its own ids and answer, so nothing couples them but the
 * journey; what a message costs on its way, at five places, is shared. Where all is quiet only those gather that one piece of code appends at once:
 * nobody else is waited for.
 */
export function appendLine({ bus, writer, timeoutMs }: AppendLineOptions): AppendLine {
  const contract = appendAllBy(writer);
  const actor = { kind: 'system', id: writer } as const;
  let waiting: Waiting[] = [];
  let onTheWay = 0;

  function sendAll(): void {
    const all = waiting;
    waiting = [];
    let group: Waiting[] = [];
    let characters = 0;
    for (const one of all) {
      if (
        group.length === MAX_APPENDS_AT_ONCE ||
        (group.length > 0 && characters + one.written.length > MAX_CHARACTERS)
      ) {
        void send(group);
        group = [];
        characters = 0;
      }
      group.push(one);
      characters += one.written.length;
    }
    void send(group);
  }

  async function send(group: readonly Waiting[]): Promise<void> {
    const meta: RequestMeta = { id: group[0]!.request.appendId, actor };
    const data = `{"appends":[${group.map(({ written }) => written).join(',')}]}`;
    onTheWay++;
    const reply = await bus.requestWritten(contract, data, meta, { timeoutMs });
    onTheWay--;
    for (const [index, { answer }] of group.entries()) answer(answerAt(reply, index));
  }

  return (request) =>
    new Promise((answer) => {
      if (waiting.push({ request, written: JSON.stringify(request), answer }) > 1) return;
      if (onTheWay === 0 && bus.isQuiet()) queueMicrotask(sendAll);
      else setImmediate(sendAll);
    });
}

function answerAt(
  reply: ReplyEnvelope<{ readonly answers: readonly ReplyEnvelope<Appended>[] }>,
  index: number,
): ReplyEnvelope<Appended> {
  if (!reply.ok) return reply;
  return reply.value.answers[index] ?? rejected('INTERNAL', 'the ledger left an append without an answer');
}
