import type { RunOrchestratorEvent } from '@causeway/contracts';
import { specification } from '@causeway/eventing';
import { atMs, RUN, SESSION, started } from '../../../test/run.features.ts';
import { sessionDecider, type SessionCommand } from './session.ts';

const { given } = specification(sessionDecider);
const NOTHING = { accepted: true, events: [] };
const facts = { sessionId: SESSION, agentId: 'researcher', tokenSha256: 'f'.repeat(64) };
const open = (more = {}): SessionCommand => ({ type: 'open', ...facts, by: 'olga', at: atMs(0), ...more });
const revoke: SessionCommand = { type: 'revoke', reason: 'lost token', by: 'olga', at: atMs(5) };
const opened: RunOrchestratorEvent = { type: 'session.opened', data: { ...facts, openedBy: 'olga', at: atMs(0) } };
const revoked: RunOrchestratorEvent = {
  type: 'session.revoked',
  data: { sessionId: SESSION, revokedBy: 'olga', reason: 'lost token', at: atMs(5) },
};

describe('a session', () => {
  it('is opened for an agent with the digest of its token', () => {
    expect(given().when(open())).toEqual({ accepted: true, events: [opened] });
  });

  it('is the same session when it is opened again with the same content, also once it is revoked', () => {
    expect(given(opened).when(open({ by: 'oscar', at: atMs(9) }))).toEqual(NOTHING);
    expect(given(opened, revoked).when(open())).toEqual(NOTHING);
  });

  it.each([{ agentId: 'other' }, { tokenSha256: '0'.repeat(64) }])('refuses its id for other content: %j', (more) => {
    expect(given(opened).when(open(more))).toMatchObject({ rejection: { code: 'SESSION_ALREADY_OPENED' } });
  });

  it('is revoked once, for good', () => {
    expect(given(opened).when(revoke)).toEqual({ accepted: true, events: [revoked] });
    expect(given(opened, revoked).when(revoke)).toEqual(NOTHING);
    expect(given(opened, revoked).state()).toMatchObject({ state: 'revoked', revokedAt: atMs(5) });
  });

  it('cannot be revoked before it is there', () => {
    expect(given().when(revoke)).toMatchObject({ accepted: false, rejection: { code: 'SESSION_NOT_FOUND' } });
  });
});

describe('a session and its runs', () => {
  const OTHER_RUN = 'run_00000000000000000000000002';
  const occupy = (more: Partial<Extract<SessionCommand, { type: 'occupy' }>> = {}): SessionCommand => ({
    ...{ type: 'occupy', runId: RUN, activeRuns: 'one', started: [started()], at: atMs(1) },
    ...more,
  });
  const occupied: RunOrchestratorEvent = {
    type: 'session.occupied',
    data: { sessionId: SESSION, runId: RUN, at: atMs(1) },
  };
  const released: RunOrchestratorEvent = {
    type: 'session.released',
    data: { sessionId: SESSION, runId: RUN, at: atMs(2) },
  };

  it('takes a run in one append with the start of the run, whose stream has to be new', () => {
    expect(given(opened).when(occupy())).toEqual({
      ...{ accepted: true, events: [occupied] },
      also: [{ stream: RUN, expected: 'none', events: [started()] }],
    });
    expect(given(opened, occupied).when(occupy())).toEqual(NOTHING);
  });

  it('is busy until its run is over, and says with which', () => {
    expect(given(opened, occupied).when(occupy({ runId: OTHER_RUN }))).toMatchObject({
      rejection: { code: 'SESSION_BUSY', facts: { runId: RUN } },
    });
    expect(given(opened, occupied, released).when(occupy({ runId: OTHER_RUN }))).toMatchObject({ accepted: true });
  });

  it('takes several where policy says so', () => {
    expect(given(opened, occupied).when(occupy({ runId: OTHER_RUN, activeRuns: 'many' }))).toMatchObject({
      events: [{ type: 'session.occupied', data: { runId: OTHER_RUN } }],
    });
  });

  it.each(['one', 'many'] as const)('takes none once it is revoked, or before it is there (%s)', (activeRuns) => {
    expect(given(opened, revoked).when(occupy({ activeRuns }))).toMatchObject({
      rejection: { code: 'SESSION_REVOKED' },
    });
    expect(given().when(occupy({ activeRuns }))).toMatchObject({ rejection: { code: 'SESSION_NOT_FOUND' } });
  });
});
