import { memoryLedger } from '@causeway/eventing';
import { knownSessions } from './known-sessions.ts';

const AT = '2026-01-01T00:00:00.000Z';
const opened = (n: number) => ({
  type: 'session.opened',
  data: { sessionId: `ses_${n}`, agentId: `agent-${n}`, tokenSha256: `digest-${n}`, openedBy: 'ada', at: AT },
});
const revoked = (n: number) => ({
  type: 'session.revoked',
  data: { sessionId: `ses_${n}`, revokedBy: 'ada', reason: 'done', at: AT },
});
const other = { type: 'run.resumed', data: {} };
type Told = { type: string; data: unknown };

async function sessionsAfter(...told: Told[]) {
  const ledger = memoryLedger();
  let count = 0;
  const tell = async (...events: Told[]) => {
    const from = ledger.events.length;
    for (const event of events) {
      const write = { stream: 's', expected: 'any' as const, events: [{ id: `e${count++}`, ...event }] };
      await ledger.append({ appendId: `a${count}`, writes: [write] });
    }
    return ledger.events.slice(from);
  };
  await tell(...told);
  const sessions = knownSessions(ledger);
  const follow = async (...events: Told[]) => {
    const tail = await tell(...events);
    sessions.apply(tail, ledger.events.length);
  };
  return { sessions, tell, follow, loadedTo: await sessions.load() };
}
const session = (n: number) => ({
  sessionId: `ses_${n}`,
  agentId: `agent-${n}`,
  tokenSha256: `digest-${n}`,
  state: 'open' as const,
});

describe('known sessions', () => {
  it('knows the open sessions of the log and not the revoked ones', async () => {
    const { sessions, loadedTo } = await sessionsAfter(opened(1), other, opened(2), revoked(1), other);
    expect(loadedTo).toBe(5);
    expect(sessions.openByToken('digest-1')).toBeUndefined();
    expect(sessions.openByToken('digest-2')).toEqual(session(2));
  });

  it('learns from what comes', async () => {
    const { sessions, follow } = await sessionsAfter(opened(1));
    await follow(opened(2), revoked(1));
    expect([sessions.isOpen('ses_1'), sessions.isOpen('ses_2')]).toEqual([false, true]);
  });

  it('knows a session that was opened here before the log tells of it', async () => {
    const { sessions, follow } = await sessionsAfter();
    sessions.remember(session(1));
    expect([sessions.openByToken('digest-1'), sessions.isOpen('ses_1')]).toEqual([session(1), true]);
    await follow(opened(1), revoked(1));
    expect([sessions.openByToken('digest-1'), sessions.isOpen('ses_1')]).toEqual([undefined, false]);
  });

  it('refuses a session that was revoked here before the log tells of it, opened here or not', async () => {
    const { sessions } = await sessionsAfter(opened(1));
    sessions.remember(session(2));
    sessions.forget('ses_1');
    sessions.forget('ses_2');
    expect([sessions.openByToken('digest-1'), sessions.openByToken('digest-2')]).toEqual([undefined, undefined]);
  });

  it('does not open a revoked session again, whatever is told twice', async () => {
    const { sessions, follow } = await sessionsAfter(opened(1), revoked(1));
    await follow(opened(1));
    sessions.remember(session(1));
    expect(sessions.openByToken('digest-1')).toBeUndefined();
  });

  it('rebuilds to what it was, and keeps what comes meanwhile', async () => {
    const { sessions, follow } = await sessionsAfter(opened(1), opened(2), revoked(2));
    const rebuilding = sessions.rebuild();
    await follow(opened(3), revoked(1));
    const row = await rebuilding;
    expect(row).toMatchObject({ projection: 'gateway.sessions', events: 3, position: 3, equal: true });
    expect([1, 2, 3].map((n) => sessions.isOpen(`ses_${n}`))).toEqual([false, false, true]);
    expect(await sessions.rebuild()).toMatchObject({ events: 5, position: 5, equal: true });
  });

  it('finds out when what it held was not what the log says, and goes on with what the log says', async () => {
    const { sessions, tell } = await sessionsAfter(opened(1));
    sessions.apply([{ ...opened(9), ...PLANTED }], 1);
    expect(sessions.isOpen('ses_9')).toBe(true);
    expect(await sessions.rebuild()).toMatchObject({ equal: false });
    expect(sessions.isOpen('ses_9')).toBe(false);
    await tell(other);
    expect(await sessions.rebuild()).toMatchObject({ equal: true });
  });

  it('does not count what it learnt here as what the log says', async () => {
    const { sessions } = await sessionsAfter(opened(1));
    sessions.remember(session(2));
    expect(await sessions.rebuild()).toMatchObject({ equal: true, events: 1 });
    expect(sessions.isOpen('ses_2')).toBe(true);
  });
});

const PLANTED = {
  ...{ position: 0, id: 'planted', stream: 's', version: 1, time: AT, scope: 's' },
  actor: { kind: 'system' as const, id: 'test' },
};
