import { createOutbox } from './outbox.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the outbox', () => {
  it('sends everything that was added in one turn of the loop in one go, in order', async () => {
    const goes: string[][] = [];
    let go: string[] = [];
    const outbox = createOutbox();
    const send = (what: string) => () => {
      if (go.length === 0) queueMicrotask(() => goes.push(go.splice(0)));
      go.push(what);
    };
    outbox.add(send('a'));
    await Promise.resolve();
    outbox.add(send('b'));
    await nextTurn();
    outbox.add(send('c'));
    await nextTurn();
    go = [];
    expect(goes).toEqual([['a', 'b'], ['c']]);
  });

  it('sends what is added while it sends in the next turn', async () => {
    const sent: string[] = [];
    const outbox = createOutbox();
    outbox.add(() => {
      sent.push('first');
      outbox.add(() => sent.push('second'));
    });
    await nextTurn();
    expect(sent).toEqual(['first']);
    await nextTurn();
    expect(sent).toEqual(['first', 'second']);
  });

  it('where all is quiet, sends before the loop turns: what one piece of code adds, in one go', async () => {
    const sent: string[] = [];
    const outbox = createOutbox(() => true);
    outbox.add(() => sent.push('first'));
    outbox.add(() => sent.push('second'));
    expect(sent).toEqual([]);
    await Promise.resolve();
    expect(sent).toEqual(['first', 'second']);
  });

  it('asks whether all is quiet anew for what leaves together', async () => {
    const sent: string[] = [];
    let isQuiet = false;
    const outbox = createOutbox(() => isQuiet);
    outbox.add(() => sent.push('in company'));
    isQuiet = true;
    await Promise.resolve();
    expect(sent).toEqual([]);
    await nextTurn();
    outbox.add(() => sent.push('alone'));
    await Promise.resolve();
    expect(sent).toEqual(['in company', 'alone']);
  });
});
