import type { ReplyEnvelope } from '@causeway/contracts';
import type { AppendRequest } from '@causeway/eventing';
import { appendLine } from './append-line.ts';
import type { Bus } from './bus.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const append = (appendId: string): AppendRequest => ({ appendId, writes: [] });

/** A line whose messages are answered when the test says so; each message is the ids of its appends. */
function line({ isQuiet = (): boolean => true } = {}) {
  const messages: string[][] = [];
  const answers: (() => void)[] = [];
  const requestWritten = (_contract: unknown, data: string) =>
    new Promise<ReplyEnvelope<unknown>>((resolve) => {
      const { appends } = JSON.parse(data) as { readonly appends: readonly AppendRequest[] };
      messages.push(appends.map(({ appendId }) => appendId));
      const told = appends.map(({ appendId }) => ({ ok: true, value: { said: appendId } }));
      answers.push(() => resolve({ ok: true, value: { answers: told } }));
    });
  const bus = { requestWritten, isQuiet } as unknown as Bus;
  return {
    messages,
    answerAll: () => answers.splice(0).forEach((answer) => answer()),
    send: appendLine({ bus, writer: 'gateway', timeoutMs: 1 }),
  };
}

describe('the line of appends', () => {
  it('sends what one piece of code appends in one message, before the loop turns', async () => {
    const { messages, send } = line();
    void send(append('a'));
    void send(append('b'));
    expect(messages).toEqual([]);
    await Promise.resolve();
    expect(messages).toEqual([['a', 'b']]);
  });

  it('gathers a turn of the loop while others are in hand, though no message is on its way', async () => {
    const { messages, send } = line({ isQuiet: () => false });
    void send(append('a'));
    await Promise.resolve();
    void send(append('b'));
    await Promise.resolve();
    expect(messages).toEqual([]);
    await nextTurn();
    expect(messages).toEqual([['a', 'b']]);
  });

  it('gathers a turn of the loop while a message is on its way, and no more once it is answered', async () => {
    const { messages, send, answerAll } = line();
    const first = send(append('a'));
    await Promise.resolve();
    void send(append('b'));
    await Promise.resolve();
    const last = send(append('c'));
    await Promise.resolve();
    expect(messages).toEqual([['a']]);
    await nextTurn();
    expect(messages).toEqual([['a'], ['b', 'c']]);
    answerAll();
    expect(await first).toEqual({ ok: true, value: { said: 'a' } });
    expect(await last).toEqual({ ok: true, value: { said: 'c' } });
    void send(append('d'));
    await Promise.resolve();
    expect(messages).toEqual([['a'], ['b', 'c'], ['d']]);
  });
});
