import { echoIndex } from '../secrets/echo/echo-scan.ts';
import { released } from './passed-answer.ts';

const SECRET = 'correct-horse-battery';
const index = echoIndex([{ name: 'crm', value: Buffer.from(SECRET) }]);

describe('what of an answer may go on', () => {
  it('is all of it where nothing is looked for, or nothing has begun', () => {
    expect(released(Buffer.alloc(0), Buffer.from('abc'), undefined).go.toString()).toBe('abc');
    const scan = index.scan();
    scan.feed(Buffer.from('harmless.'));
    const { go, stay } = released(Buffer.from('kept '), Buffer.from('harmless.'), scan);
    expect([go.toString(), stay.length]).toEqual(['kept harmless.', 0]);
  });

  it.each([
    ['as it is', 'x correct-ho'],
    ['in hexadecimal', `x ${Buffer.from(SECRET).toString('hex').slice(0, 9)}`],
    ['with its characters escaped', 'x %63%6f%72re%6'],
  ])('is none of what a secret may begin in, %s', (_form, text) => {
    const scan = index.scan();
    scan.feed(Buffer.from(text));
    const { go, stay } = released(Buffer.alloc(0), Buffer.from(text), scan);
    expect([go.length, stay.toString()]).toEqual([0, text]);
  });

  it('is what lies so far back that no secret reaches there', () => {
    const scan = index.scan();
    const text = `${'-'.repeat(2 * scan.longestBytes)}corr`;
    scan.feed(Buffer.from(text));
    const { go, stay } = released(Buffer.alloc(0), Buffer.from(text), scan);
    expect([stay.length, go.length]).toEqual([scan.longestBytes, text.length - scan.longestBytes]);
  });
});
