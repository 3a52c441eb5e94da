import type { ReplyEnvelope, RequestMeta } from '@causeway/contracts';
import { joined } from './joined.ts';

type Request = { readonly data: { readonly text: string }; readonly meta: RequestMeta };
const request = (id: string, text = 'hello', actor = 'researcher'): Request => ({
  data: { text },
  meta: { id, actor: { kind: 'agent', id: actor } },
});

function service() {
  const open: ((reply: ReplyEnvelope<string>) => void)[] = [];
  const { ask } = joined({
    ask: (_: Request) => new Promise<ReplyEnvelope<string>>((resolve) => open.push(resolve)),
  });
  return { ask, open };
}

describe('a request that is sent again', () => {
  it('joins the one that is being worked on', async () => {
    const { ask, open } = service();
    const replies = [ask(request('one')), ask(request('one'))];
    expect(open).toHaveLength(1);
    open[0]!({ ok: true, value: 'done' });
    expect(await Promise.all(replies)).toEqual([
      { ok: true, value: 'done' },
      { ok: true, value: 'done' },
    ]);
  });

  it('is worked on again once the first was answered', async () => {
    const { ask, open } = service();
    const first = ask(request('one'));
    open[0]!({ ok: true, value: 'done' });
    await first;
    void ask(request('one'));
    expect(open).toHaveLength(2);
  });

  it.each([
    ['another id', request('two')],
    ['other data', request('one', 'bye')],
    ['another caller', request('one', 'hello', 'impostor')],
  ])('does not join one with %s', (_what, other) => {
    const { ask, open } = service();
    void ask(request('one'));
    void ask(other);
    expect(open).toHaveLength(2);
  });

  it('shares a failure, and is worked on again after it', async () => {
    let tries = 0;
    const { ask } = joined({ ask: (_: Request) => Promise.reject<ReplyEnvelope<string>>(new Error(`try ${++tries}`)) });
    const both = await Promise.allSettled([ask(request('one')), ask(request('one'))]);
    expect(both.map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
      'Error: try 1',
      'Error: try 1',
    ]);
    await expect(ask(request('one'))).rejects.toThrow('try 2');
  });
});
