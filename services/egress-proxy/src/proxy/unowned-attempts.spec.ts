import { memoryLedger } from '@causeway/eventing';
import { unownedAttempts } from './unowned-attempts.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
let ids = 0;
const edge = { now: () => '2026-01-01T00:00:00.000Z', newUuid: () => `id-${ids++}` };

/** Attempts over a ledger that fails as often as told first. */
function attempts({ failing = 0, everyMs = 3_600_000 } = {}) {
  const ledger = memoryLedger();
  let left = failing;
  const port: typeof ledger = {
    ...ledger,
    append: (request) => (left-- > 0 ? Promise.reject(new Error('gone')) : ledger.append(request)),
  };
  const unowned = unownedAttempts({ ledger: port, edge, listener: 'proxy-1', log, everyMs });
  const facts = () =>
    ledger.events.map(({ type, stream, data }) => [type, stream, (data as { counts: object }).counts]);
  return { unowned, facts };
}

describe("attempts that are no run's", () => {
  it('are recorded by their codes, many in one fact', async () => {
    const { unowned, facts } = attempts();
    for (const code of ['CREDENTIAL_MISSING', 'CREDENTIAL_INVALID', 'CREDENTIAL_MISSING'] as const) unowned.note(code);
    expect(facts()).toEqual([]);
    await unowned.close();
    const counts = { CREDENTIAL_MISSING: 2, CREDENTIAL_INVALID: 1 };
    expect(facts()).toEqual([['egress.refused', 'listener_proxy-1', counts]]);
  });

  it('are recorded by themselves after a while, and only when there are any', async () => {
    const { unowned, facts } = attempts({ everyMs: 1 });
    await unowned.close();
    expect(facts()).toEqual([]);
    unowned.note('REQUEST_INVALID');
    while (facts().length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    unowned.note('REQUEST_INVALID');
    while (facts().length === 1) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(facts().map(([, , counts]) => counts)).toEqual([{ REQUEST_INVALID: 1 }, { REQUEST_INVALID: 1 }]);
  });

  it('are counted on while the ledger cannot be reached', async () => {
    const { unowned, facts } = attempts({ failing: 1 });
    unowned.note('CREDENTIAL_INVALID');
    await unowned.close();
    expect(facts()).toEqual([]);
    unowned.note('CREDENTIAL_INVALID');
    await unowned.close();
    expect(facts().map(([, , counts]) => counts)).toEqual([{ CREDENTIAL_INVALID: 2 }]);
  });
});
