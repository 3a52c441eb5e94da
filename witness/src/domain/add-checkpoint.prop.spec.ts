import { toHex } from '@causeway/ledger';
import fc from 'fast-check';
import { ORIGIN, testLog } from '../../test/test-log.features.ts';
import { decide, NOTHING_SEEN, readSubmission, type Seen } from './add-checkpoint.ts';

const log = testLog();
const trusted = new Map([[ORIGIN, [log.key]]]);

describe('a witness', () => {
  it('answers any text at all, and cosigns none of it', () => {
    const line = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('old 0', '', ORIGIN, '3', '\u2014 a b'));
    const body = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(body, (text) => expect(readSubmission(text, trusted).ok).toBe(false)),
      { numRuns: 2_000 },
    );
  });

  it('cosigns no request of which a byte was changed, unless it still says the same', async () => {
    const original = await log.request(6, 13);
    const seen = { size: 6, root: log.root(6) };
    const change = fc.tuple(fc.nat({ max: original.length - 1 }), fc.constantFrom('0', 'A', '\n', ' ', '+', '\u2014'));
    fc.assert(
      fc.property(change, ([at, character]) => {
        const body = original.slice(0, at) + character + original.slice(at + 1);
        if (body === original) return;
        const read = readSubmission(body, trusted);
        expect(read.ok && decide(read.submission, seen).ok).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('only ever vouches for one history, whatever two forks of a log ask it in whatever order', async () => {
    const forks = [log, testLog({ history: ' other', forkedAt: 4 })];
    const asked = fc.array(fc.record({ fork: fc.nat({ max: 1 }), from: fc.nat({ max: 16 }), by: fc.nat({ max: 6 }) }), {
      maxLength: 30,
    });
    let vouchedFor = 0;
    await fc.assert(
      fc.asyncProperty(asked, async (requests) => {
        let seen: Seen = NOTHING_SEEN;
        const vouched: Seen[] = [];
        for (const { fork, from, by } of requests) {
          // Half of them know what was seen last, as an honest log would.
          const oldSize = by % 2 === 0 ? seen.size : from;
          const read = readSubmission(await forks[fork]!.request(oldSize, oldSize + by), trusted);
          const decision = read.ok ? decide(read.submission, seen) : undefined;
          if (!decision?.ok) continue;
          seen = decision.seen;
          vouched.push(seen);
        }
        const histories = forks.filter((fork) =>
          vouched.every(({ size, root }) => toHex(fork.root(size)) === toHex(root)),
        );
        expect(histories.length).toBeGreaterThan(0);
        vouchedFor += vouched.length;
      }),
      { numRuns: 50 },
    );
    expect(vouchedFor).toBeGreaterThan(50);
  });
});
