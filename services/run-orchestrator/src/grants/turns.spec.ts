import { takingTurns } from './turns.ts';

describe('work in turns', () => {
  it('runs one after another under one name, also after a failure, and answers each', async () => {
    const inTurn = takingTurns();
    const story: string[] = [];
    const work =
      (name: string, fails = false) =>
      async (): Promise<string> => {
        story.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        story.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const turns = [inTurn('g', work('a', true)), inTurn('g', work('b')), inTurn('g', work('c'))];
    expect(await Promise.allSettled(turns)).toMatchObject([{ status: 'rejected' }, { value: 'b' }, { value: 'c' }]);
    expect(story).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('does not wait under another name', async () => {
    const inTurn = takingTurns();
    void inTurn('stuck', () => new Promise(() => {}));
    expect(await inTurn('free', async () => 'done')).toBe('done');
  });
});
