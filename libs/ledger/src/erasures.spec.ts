import type { JsonValue } from './canonical-json.ts';
import { chainHash, leafHash } from './chain.ts';
import { createVerifier, type StoredRecord } from './verify.ts';
import { ORIGIN, sealLog, type EventToSeal, type Sealed } from './verify.features.ts';

const text = (stream: string): EventToSeal => ({ stream, erasable: true, kept: { n: 1 }, data: { text: 'hello' } });
const erasure = (target: JsonValue, before: number): EventToSeal => ({
  ...{ stream: 'erasures', erasable: false, type: 'data.erased' },
  data: { target, before, reason: 'asked for' },
});
const taken = (record: Sealed): Sealed => ({ ...record, data: undefined, salt: undefined });

/** What is found in this log, the data at these positions taken away. */
function checked(log: readonly (StoredRecord & Pick<Sealed, 'chain'>)[]) {
  const verifier = createVerifier(ORIGIN);
  const findings = log.flatMap((record) => verifier.check(record));
  findings.push(...verifier.finish({ nextPosition: log.length, chain: log.at(-1)!.chain }));
  return { codes: findings.map(({ position, code }) => `${position} ${code}`), erased: verifier.state().erased };
}

describe('the verifier of a log with erasures', () => {
  it.each<[string, JsonValue]>([
    ['scope', { scope: 'run_a' }],
    ['stream', { stream: 'run_a' }],
    ['positions', { positions: [0, 2] }],
  ])('takes data as erased that an erasure by %s reaches', (_, target) => {
    const log = sealLog([text('run_a'), text('run_b'), text('run_a'), erasure(target, 3)]);
    expect(checked([taken(log[0]!), log[1]!, taken(log[2]!), log[3]!])).toEqual({ codes: [], erased: 2 });
  });

  it('takes data as erased that is there all the same', () => {
    const log = sealLog([text('run_a'), erasure({ scope: 'run_a' }, 1)]);
    expect(checked(log)).toEqual({ codes: [], erased: 0 });
  });

  it('names data that is missing and that no erasure reaches', () => {
    const log = sealLog([text('run_a'), text('run_b'), text('run_a'), erasure({ scope: 'run_a' }, 1), text('run_a')]);
    const all = log.map((record, position) => (position === 3 ? record : taken(record)));
    expect(checked(all)).toEqual({ codes: ['1 DATA_MISSING', '2 DATA_MISSING', '4 DATA_MISSING'], erased: 1 });
  });

  it('does not let an erasure reach what was sealed after it, whatever it says', () => {
    const log = sealLog([erasure({ scope: 'run_a' }, 9), text('run_a')]);
    expect(checked([log[0]!, taken(log[1]!)]).codes).toEqual(['1 DATA_MISSING']);
  });

  it.each<[string, JsonValue]>([
    ['of another kind', { everything: true }],
    ['that is no object', 'run_a'],
    ['of a wrong type', { positions: 7 }],
  ])('does not take a target %s for an erasure', (_, target) => {
    const log = sealLog([text('run_a'), erasure(target, 1)]);
    expect(checked([taken(log[0]!), log[1]!]).codes).toEqual(['0 DATA_MISSING']);
  });

  it('does not believe an erasure that was written over another leaf', () => {
    const log = sealLog([text('run_a'), text('run_b')]);
    const [, forged] = sealLog([text('run_a'), erasure({ scope: 'run_a' }, 1)]);
    expect(checked([taken(log[0]!), { ...log[1]!, leaf: forged!.leaf }]).codes).toContain('0 DATA_MISSING');
    const hash = leafHash(forged!.leaf);
    expect(chainHash(log[0]!.chain, hash)).not.toEqual(log[1]!.chain);
  });
});
