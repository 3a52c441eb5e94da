import { createHash } from 'node:crypto';
import { memoryLedger } from '@causeway/eventing';
import { agentIdentity, type AgentIdentityOptions } from './agent-identity.ts';
import { knownSessions } from './known-sessions.ts';

const TOKEN = `cwa_${'x'.repeat(43)}`;
const session = {
  ...{ sessionId: 'ses_1', agentId: 'reader', state: 'open' as const },
  tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
};

/** An identity whose log reaches its head when `reached` says so; `asked` counts how often the ledger was asked for its head. */
function identity(over: Partial<AgentIdentityOptions> = {}, reached: () => Promise<boolean> = async () => true) {
  const sessions = knownSessions(memoryLedger());
  let asked = 0;
  const headOfLog = async () => ++asked;
  const agentOf = agentIdentity({ sessions, tail: { reached }, isLoaded: () => true, headOfLog, ...over });
  return { agentOf, sessions, asked: () => asked };
}

describe('agent identity', () => {
  it('knows an agent by the token of its session, without asking the ledger', async () => {
    const { agentOf, sessions, asked } = identity();
    sessions.remember(session);
    expect(await agentOf(TOKEN)).toEqual({ role: 'agent', actor: { kind: 'agent', id: 'reader' }, sessionId: 'ses_1' });
    expect(asked()).toBe(0);
  });

  it('knows a session that the log told of while it waited', async () => {
    const { agentOf, sessions } = identity({}, async () => {
      sessions.remember(session);
      return true;
    });
    expect(await agentOf(TOKEN)).toMatchObject({ sessionId: 'ses_1' });
  });

  it('knows nobody once everything in the log was seen', async () => {
    expect(await identity().agentOf(TOKEN)).toBeUndefined();
  });

  it('cannot tell while the log is not caught up with', async () => {
    await expect(identity({}, async () => false).agentOf(TOKEN)).rejects.toMatchObject({ code: 'PROJECTION_BEHIND' });
  });

  it('cannot tell before the sessions were read, or when the ledger does not answer', async () => {
    await expect(identity({ isLoaded: () => false }).agentOf(TOKEN)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    const headOfLog = () => Promise.reject(new Error('no answer'));
    await expect(identity({ headOfLog }).agentOf(TOKEN)).rejects.toThrow('no answer');
  });
});
