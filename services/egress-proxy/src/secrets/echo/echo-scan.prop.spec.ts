import fc from 'fast-check';
import { echoIndex } from './echo-scan.ts';

const escapes: Readonly<Record<string, (byte: number) => string>> = {
  percent: (byte) => `%${byte.toString(16).padStart(2, '0')}`,
  json: (byte) => `\\u00${byte.toString(16).padStart(2, '0')}`,
  script: (byte) => `\\x${byte.toString(16).padStart(2, '0').toUpperCase()}`,
  entity: (byte) => `&#x${byte.toString(16)};`,
  decimal: (byte) => `&#${byte};`,
  nothing: (byte) => String.fromCharCode(byte),
};
/** Every byte by itself, some escaped and some not, as the choices say. */
const escaped = (how: string, value: string, choices: readonly boolean[]): string =>
  [...Buffer.from(value)]
    .map((byte, index) => escapes[choices[index % choices.length] ? how : 'nothing']!(byte))
    .join('');

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const double: Readonly<Record<string, (text: string) => string>> = {
  'base64 of more': (text) => base64(`user:${text}`),
  'base64 of more, shifted': (text) => base64(`user1:${text}, and more`),
  'base64 of more, shifted again': (text) => base64(`user12:${text}!`),
  'base64url of more': (text) => Buffer.from(`?>?${text}`).toString('base64url'),
  'base64 in lines': (text) => base64(`-----${text}-----`).replace(/(.{5})/g, '$1\r\n'),
  'base64 in an address': (text) => encodeURIComponent(base64(`u:${text}`)),
  'base64 of base64': (text) => base64(`Basic ${base64(`someone:${text}`)}`),
  'base64url of base64url': (text) =>
    Buffer.from(`?${Buffer.from(`??>${text}`).toString('base64url')}`).toString('base64url'),
  'base64 in hex': (text) => Buffer.from(base64(`a:${text}`)).toString('hex'),
  hex: (text) => Buffer.from(text).toString('hex'),
  'hex in capitals with colons': (text) =>
    Buffer.from(text)
      .toString('hex')
      .toUpperCase()
      .replace(/(..)(?=.)/g, '$1:'),
  raw: (text) => text,
  'in capitals': (text) => text.toUpperCase(),
  'JSON text': (text) => JSON.stringify({ text }),
  'JSON in JSON': (text) => JSON.stringify({ text: JSON.stringify({ text }) }),
  'an address twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'JSON in an address': (text) => encodeURIComponent(JSON.stringify(text)),
  'an address in escapes': (text) => escaped('percent', text, [true]).replaceAll('%', '\\u0025'),
  'an address in JSON': (text) => JSON.stringify(escaped('percent', text, [true])),
  'UTF-16': (text) => Buffer.from(text, 'utf16le').toString('latin1'),
  'a form': (text) => new URLSearchParams({ text }).toString(),
};

/** Visible ASCII: what a secret is made of most of the time, quotes, percent signs and backslashes among it. */
const values = fc
  .string({ unit: fc.constantFrom(...'aB3"\\%&+/=-_~ xyzQ'), minLength: 9, maxLength: 24 })
  .filter((value) => value.replaceAll(/[ :-]/g, '').length >= 9);
const noise = fc.string({ maxLength: 30 });

/** Whether both ways of looking through a stream find it. */
function findsIn(value: string, stream: Buffer, size: number): boolean {
  const index = echoIndex([{ name: 'crm', value: Buffer.from(value) }]);
  return [index.scan(), index.follow()].every((scan) => {
    for (let at = 0; at < stream.length; at += size) if (scan.feed(stream.subarray(at, at + size))) return true;
    return false;
  });
}

describe('an echo', () => {
  it.each(Object.keys(double))('is found as %s, whatever is around it and wherever it is cut', (how) => {
    fc.assert(
      fc.property(values, noise, noise, fc.integer({ min: 1, max: 9 }), (value, before, after, size) => {
        const stream = Buffer.from(`${before} ${double[how]!(value)} ${after}`, how === 'UTF-16' ? 'latin1' : 'utf8');
        return findsIn(value, stream, size);
      }),
      { numRuns: 50 },
    );
  });

  it.each(Object.keys(escapes))('is found with any of its bytes escaped as %s', (how) => {
    const plain = fc.string({ unit: fc.constantFrom(...'abcDEF123-_'), minLength: 10, maxLength: 20 });
    const choices = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(plain, choices, noise, fc.integer({ min: 1, max: 9 }), (value, chosen, around, size) => {
        const stream = Buffer.from(`${around} ${escaped(how, value, chosen)} ${around}`);
        return findsIn(value, stream, size);
      }),
      { numRuns: 50 },
    );
  });

  it('is not seen in text without the secret', () => {
    const scan = echoIndex([{ name: 'crm', value: Buffer.from('correct-horse-battery') }]).scan();
    fc.assert(fc.property(fc.string(), (text) => scan.feed(Buffer.from(text)) === undefined));
    expect(scan.feed(Buffer.from('correct horse staple, c29ycmVjdA==, %63orrect, &amp;'))).toBeUndefined();
  });

  it('is told by its name and form, also when it was escaped long before', () => {
    const index = echoIndex([
      { name: 'crm', value: Buffer.from('first-value-1') },
      { name: 'mail', value: Buffer.from('other-value-2') },
    ]);
    const feed = (...chunks: string[]) => {
      const scan = index.scan();
      return chunks.map((chunk) => scan.feed(Buffer.from(chunk))).find((echo) => echo !== undefined);
    };
    expect(feed('…other-va', 'lue-2')).toEqual({ name: 'mail', form: 'raw' });
    expect(feed('100 %', ' of %66irst-value-', '1')).toEqual({ name: 'crm', form: 'raw, percent' });
    expect(feed('%', '6', '6irst-value-1')).toEqual({ name: 'crm', form: 'raw, percent' });
    expect(feed('\\', 'u006', '6irst-value-1')).toEqual({ name: 'crm', form: 'raw, escaped' });
    expect(feed('&', '#x66;irst-value-1')).toEqual({ name: 'crm', form: 'raw, markup' });
    expect(feed(Buffer.from('first-value-1').toString('base64'))).toMatchObject({ name: 'crm', form: 'base64' });
  });

  it('of a character from the upper planes is found in JSON that writes it as two units', () => {
    const value = 'geheim-\u{1f511}-geheim';
    const ascii = JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
    for (const size of [1, 2, 5, 100]) expect(findsIn(value, Buffer.from(ascii), size)).toBe(true);
  });
});
