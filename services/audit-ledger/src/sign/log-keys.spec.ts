import type { Append, RecordedEvent } from '@causeway/contracts';
import { ok, rejected, type Log } from '@causeway/messaging';
import { derivedId } from './derived-id.ts';
import { logKeys } from './log-keys.ts';
import type { Signer, SignerKey } from './signer.ts';

const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };
const AT = '2026-01-01T00:00:00.000Z';
const ada = (id: string) => ({ id, actor: { kind: 'operator', id: 'ada' } }) as const;
const reason = 'a test';

/** A log that takes each event id once, and a signer that forgets nothing but what it is told to. */
function stage({ first = 'k0' }: { first?: string } = {}) {
  const events: RecordedEvent[] = [];
  const held = new Map<string, SignerKey>([[first, { vkey: first, addedAt: AT }]]);
  const secrets = new Set([first]);
  let made = 0;
  let crash: 'never' | 'after the event' = 'never';
  const signer = {
    keys: async () => [...held.values()],
    prepareKey: async () => {
      secrets.add(`k${++made}`);
      return `k${made}`;
    },
    useKey: async (vkey: string, at: string) => {
      if (crash === 'after the event') throw new Error('the process ends here');
      if (secrets.has(vkey) && !held.has(vkey)) held.set(vkey, { vkey, addedAt: at });
      return secrets.has(vkey);
    },
    retireKey: async (vkey: string, at: string) => {
      const key = held.get(vkey);
      if (key && !key.retiredAt) held.set(vkey, { ...key, retiredAt: at });
      secrets.delete(vkey);
    },
  } as unknown as Signer;
  const keys = logKeys({
    ...{ signer, log: quiet, now: () => AT, mayChange: () => ok(null), readEvents: async () => events },
    append: async ({ writes }: Append, { actor }) => {
      const { stream, events: pending } = writes[0]!;
      for (const { id, type, data } of pending) {
        if (events.some((event) => event.id === id)) continue;
        events.push({ id, type, data, stream, actor, position: events.length + 10 } as unknown as RecordedEvent);
      }
      const position = events.length + 9;
      return ok({ firstPosition: position, lastPosition: position, versions: {} });
    },
  });
  const signing = () => [...held.values()].filter(({ retiredAt }) => !retiredAt).map(({ vkey }) => vkey);
  return {
    ...{ keys, events, signing, secrets },
    crash: (when: typeof crash) => {
      crash = when;
    },
  };
}

describe('the keys of the log', () => {
  it('announces the first key once', async () => {
    const { keys, events } = stage();
    await keys.reconcile();
    await keys.reconcile();
    expect(events).toMatchObject([{ type: 'key.added', id: derivedId('key.added', 'k0'), data: { vkey: 'k0' } }]);
    expect(await keys.told()).toEqual([{ vkey: 'k0', addedAt: AT }]);
  });

  it('adds a key once per command', async () => {
    const { keys, signing } = stage();
    await keys.reconcile();
    const added = await keys.add({ reason }, ada('1'));
    expect(added).toEqual({ ok: true, value: { vkey: 'k1', position: 11 } });
    expect(await keys.add({ reason }, ada('1'))).toEqual(added);
    expect(await keys.add({ reason }, ada('2'))).toMatchObject({ value: { vkey: 'k2' } });
    expect(signing()).toEqual(['k0', 'k1', 'k2']);
  });

  it('lets a key sign that the process announced and then died with', async () => {
    const { keys, signing, crash } = stage();
    await keys.reconcile();
    crash('after the event');
    await expect(keys.add({ reason }, ada('1'))).rejects.toThrow('the process ends here');
    expect(signing()).toEqual(['k0']);
    crash('never');
    await keys.reconcile();
    expect(signing()).toEqual(['k0', 'k1']);
    expect(await keys.add({ reason }, ada('1'))).toMatchObject({ value: { vkey: 'k1' } });
  });

  it('retires a key once, and never the last one, not even by two commands at once', async () => {
    const { keys, signing, secrets, events } = stage();
    await keys.reconcile();
    await keys.add({ reason }, ada('1'));
    const replies = await Promise.all(['k0', 'k1'].map((vkey) => keys.retire({ vkey, reason }, ada(vkey))));
    expect(replies).toMatchObject([{ ok: true }, { ok: false, rejection: { code: 'SIGNING_KEY_REFUSED' } }]);
    expect(await keys.retire({ vkey: 'k0', reason }, ada('again'))).toEqual(replies[0]);
    expect([signing(), [...secrets], events.length]).toEqual([['k1'], ['k1'], 3]);
    expect(await keys.retire({ vkey: 'nobody', reason }, ada('3'))).toMatchObject({
      rejection: { code: 'SIGNING_KEY_REFUSED' },
    });
  });

  it('changes nothing where nothing may be changed', async () => {
    const { keys: _, ...rest } = stage();
    const refusing = logKeys({
      ...{ log: quiet, now: () => AT, readEvents: async () => rest.events, signer: {} as Signer },
      append: () => Promise.reject(new Error('nothing must be appended')),
      mayChange: () => rejected('LEDGER_NOT_LEADER', 'elsewhere'),
    });
    expect(await refusing.add({ reason }, ada('1'))).toMatchObject({ rejection: { code: 'LEDGER_NOT_LEADER' } });
    expect(await refusing.retire({ vkey: 'k0', reason }, ada('1'))).toMatchObject({
      rejection: { code: 'LEDGER_NOT_LEADER' },
    });
  });
});

describe('an id made of words', () => {
  it('is a UUID, the same for the same words and no others', () => {
    expect(derivedId('a', 'b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedId('a', 'b')).toBe(derivedId('a', 'b'));
    expect(derivedId('ab')).not.toBe(derivedId('a', 'b'));
  });
});
