import { echoIndex } from '../secrets/echo/echo-scan.ts';
import type { Said } from './model-answer.ts';
import { releaseGate } from './release-gate.ts';

const SECRET = 'first-value-1';
const index = echoIndex([{ name: 'key', value: Buffer.from(SECRET) }]);

/** A gate, and a stream of events that each say something; answers with how many events may be passed on after each. */
function gateWith(hasSecrets = true) {
  const wire = hasSecrets ? index.follow() : undefined;
  const gate = releaseGate(wire, () => (hasSecrets ? index.follow() : undefined));
  let length = 0;
  const ends = [0];
  return (...said: (Said | string)[]): number => {
    const all = said.map((one) => (typeof one === 'string' ? { channel: 'content', text: one } : one));
    const text = `data: ${all.map((one) => one.text).join('|')}, wörld\n\n`;
    wire?.feed(Buffer.from(text));
    length += text.length;
    ends.push(length);
    gate.add({ length: text.length, said: all }, text);
    return ends.indexOf(gate.clear());
  };
}
const on = (channel: string, text: string): Said => ({ channel, text });

describe('a stream of events', () => {
  it('is passed on whole as it comes, when nothing in it can become a secret', () => {
    const after = gateWith();
    expect([after('Hello'), after(), after(' wörld.')]).toEqual([1, 2, 3]);
    const without = gateWith(false);
    expect([without('fir'), without('st-value-1')]).toEqual([1, 2]);
  });

  it('waits from the event on in which a secret may begin, and goes on once it does not', () => {
    const after = gateWith();
    expect([after('so'), after(' fi'), after('rst-'), after('val'), after('id. '), after('so')]).toEqual([
      1, 1, 1, 1, 5, 6,
    ]);
  });

  it('ends when a secret is in what is said in many events, whatever its form', () => {
    for (const written of [SECRET, Buffer.from(SECRET).toString('base64'), Buffer.from(SECRET).toString('hex')]) {
      const after = gateWith();
      expect(after('it is ')).toBe(1);
      const letters = [...written];
      for (const letter of letters.slice(0, -4)) expect(after(letter)).toBe(1);
      expect(() => letters.slice(-4).map((letter) => after(letter))).toThrow('SECRET_ECHOED');
    }
  });

  it('waits for what the stream itself may become, past the ends of events', () => {
    const wire = index.follow();
    const gate = releaseGate(wire, () => index.follow());
    const take = (text: string): number => {
      wire.feed(Buffer.from(text));
      gate.add({ length: text.length, said: [] }, text);
      return gate.clear();
    };
    expect(take(': ping\n\n')).toBe(8);
    expect(take(':first-\n\n')).toBe(8);
    expect(take(': ping\n\n')).toBe(25);
  });

  it('keeps texts apart that come in turns', () => {
    const after = gateWith();
    expect(after(on('a', 'first-'), on('b', 'Hello'))).toBe(0);
    expect(after(on('b', ' you'))).toBe(0);
    expect(() => after(on('a', 'value-1'))).toThrow('SECRET_ECHOED');
    const others = gateWith();
    others(on('a', 'first-'));
    expect(() => others(on('b', 'value-1'))).not.toThrow();
  });
});
