import type { executeForwardedStep, executeStep } from '@causeway/contracts';
import { rejected, type Incoming } from '@causeway/messaging';
import type { Handlers } from '../handlers.ts';
import { credentialChecker, forwardedStepExecutor } from './forwarded-step.ts';

const RUN = 'run_00000000000000000000000001';
const SESSION = 'ses_00000000000000000000000001';
const DIGEST = 'd'.repeat(64);
const RUN_STATE = { kind: 'run', sessionId: SESSION, agentId: 'worker' };
const SESSION_STATE = { kind: 'session', state: 'open', tokenSha256: DIGEST };

async function asked({
  run = RUN_STATE,
  session = SESSION_STATE,
  tokenSha256 = DIGEST,
}: {
  run?: object;
  session?: object;
  tokenSha256?: string;
}) {
  const executed: Incoming<typeof executeStep>[] = [];
  const loads = (state: object) => ({ load: async () => state });
  const handlers = { runs: loads(run), sessions: loads(session) } as unknown as Pick<Handlers, 'runs' | 'sessions'>;
  const execute = forwardedStepExecutor(handlers, async (incoming) => {
    executed.push(incoming);
    return rejected('RUN_NOT_ACTIVE', 'reached');
  });
  const data = {
    runId: RUN,
    tokenSha256,
    stepId: 'proxy-1',
    capability: 'network.tunnel' as const,
    input: { port: 443 },
  };
  const meta = { id: 'm', actor: { kind: 'system' as const, id: 'egress-proxy' } };
  const checked = await credentialChecker(handlers)({ data: { runId: RUN, tokenSha256 }, meta, subject: 's' });
  const answer = await execute({ data, meta, subject: 's' } as Incoming<typeof executeForwardedStep>);
  return { executed, code: answer.ok ? 'ok' : answer.rejection.code, checked };
}

describe('a step by way of the proxy', () => {
  it('is the step of the agent whose run it is', async () => {
    const { executed, code } = await asked({});
    expect(code).toBe('RUN_NOT_ACTIVE');
    expect(executed).toMatchObject([
      {
        meta: { actor: { kind: 'agent', id: 'worker' } },
        data: { runId: RUN, sessionId: SESSION, stepId: 'proxy-1', capability: 'network.tunnel', input: { port: 443 } },
      },
    ]);
    expect(executed[0]?.data).not.toHaveProperty('tokenSha256');
    expect((await asked({})).checked).toEqual({ ok: true, value: { runId: RUN } });
  });

  it.each([
    ['there is no such run', { run: { kind: 'none' } }],
    ['there is no such session', { session: { kind: 'none' } }],
    ['the session was revoked', { session: { ...SESSION_STATE, state: 'revoked' } }],
    ['the token is another one', { tokenSha256: 'e'.repeat(64) }],
  ])('is not taken when %s, and nobody is told which of it was wrong', async (_name, given) => {
    const { executed, code, checked } = await asked(given);
    expect({ code, executed }).toEqual({ code: 'CREDENTIAL_INVALID', executed: [] });
    expect(checked).toMatchObject({ ok: false, rejection: { code } });
  });
});
