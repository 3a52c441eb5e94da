import type { Log } from '@causeway/messaging';
import type { Term } from '../append/leadership.ts';
import { refusingWriter } from './refusing-writer.ts';
import { SigningRefused } from './signer.ts';
import { termGate, type TermGate } from './term-gate.ts';

const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };
const term = (epoch: string) => ({ epoch, head: { nextPosition: 0 } }) as unknown as Term;
const rolledBack = new SigningRefused('SMALLER', 'the log was rolled back');

const opened: TermGate[] = [];
afterEach(() => {
  for (const gate of opened.splice(0)) gate.close();
});

function gateWith(checks: (Error | 'good')[]) {
  const begun: Term[] = [];
  const gate = termGate({
    ...{ log: quiet, recheckMs: 1, begin: async (which) => void begun.push(which) },
    check: async () => {
      const next = checks.length > 1 ? checks.shift()! : checks[0]!;
      if (next !== 'good') throw next;
    },
  });
  opened.push(gate);
  return { gate, begun };
}
const soon = async (holds: () => boolean) => {
  for (let turn = 0; turn < 1_000 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('the gate before writing', () => {
  it('lets a term begin once when the log goes on from what was signed', async () => {
    const { gate, begun } = gateWith(['good']);
    const first = term('1');
    gate.open(first);
    expect(gate.isBlocked()).toBe(true);
    await gate.opening();
    gate.lookAgain();
    await gate.opening();
    expect([begun, gate.refusal(), gate.isBlocked()]).toEqual([[first], undefined, false]);
  });

  it('refuses by name what was rolled back, looks again, and begins when it is good', async () => {
    const { gate, begun } = gateWith([rolledBack, rolledBack, 'good']);
    gate.open(term('1'));
    await gate.opening();
    expect([begun.length, gate.refusal(), gate.isBlocked()]).toEqual([0, 'the log was rolled back', true]);
    await soon(() => begun.length > 0);
    expect([begun.length, gate.refusal(), gate.isBlocked()]).toEqual([1, undefined, false]);
  });

  it('neither begins nor accuses when it cannot tell', async () => {
    const { gate, begun } = gateWith([new Error('the database is away'), 'good']);
    gate.open(term('1'));
    await gate.opening();
    expect([begun.length, gate.refusal(), gate.isBlocked()]).toEqual([0, undefined, true]);
    await soon(() => begun.length > 0);
    expect(begun).toHaveLength(1);
  });

  it('begins no term that ended while it looked', async () => {
    const { gate, begun } = gateWith(['good']);
    gate.open(term('1'));
    gate.close();
    await gate.opening();
    const second = term('2');
    gate.open(second);
    await gate.opening();
    expect(begun).toEqual([second]);
  });
});

describe('a writer behind the gate', () => {
  const written = { append: () => Promise.resolve({ ok: true, value: 'written' } as never) };

  it('holds appends while it is found out, then writes or refuses them', async () => {
    for (const [check, expected] of [
      ['good', { ok: true }],
      [rolledBack, { ok: false, rejection: { code: 'LEDGER_ROLLED_BACK', detail: 'the log was rolled back' } }],
    ] as const) {
      const { gate } = gateWith([check]);
      const { append } = refusingWriter(written, gate);
      const early = append({} as never);
      gate.open(term('1'));
      expect(await early).toMatchObject(expected);
      expect(await append({} as never)).toMatchObject(expected);
    }
  });
});
