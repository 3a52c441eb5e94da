import type { RunOrchestratorEvent } from '@causeway/contracts';
import { specification } from '@causeway/eventing';
import { atMs, SESSION } from '../../../test/run.features.ts';
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
