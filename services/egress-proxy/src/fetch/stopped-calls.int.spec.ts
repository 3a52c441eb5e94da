import { setTimeout as sleep } from 'node:timers/promises';
import { callOf } from '../../test/calls.ts';
import { closeAll, codeOf, factOf, site } from '../../test/sites.ts';

afterEach(closeAll);

/** A site that takes a request and never answers; tells when it was asked, and when it was left. */
async function silentSite() {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const made = await site((_request, response) => void response.on('close', resolve));
  const asked = async (): Promise<void> => {
    while (made.server.seen.length === 0) await sleep(5);
  };
  return { ...made, asked, left };
}

describe('a call that is stopped', () => {
  it('lets go of its connection, and a read has failed', async () => {
    const { url, policy, calls, inHand, asked, left, world } = await silentSite();
    const call = callOf(policy, { url });
    const answer = calls.make(call);
    await asked();
    inHand.stop({ runId: call.grant.runId }, 'the run was cancelled');
    await left;
    expect(await answer).toMatchObject({ ok: false, rejection: { code: 'KILLED' } });
    expect(await factOf(world, call)).toMatchObject({
      type: 'egress.failed',
      data: { code: 'KILLED', stage: 'exchange', sent: true, detail: 'the call was stopped: the run was cancelled' },
    });
  });

  it('while a write is on its way has an unknown outcome: nobody here knows what it did', async () => {
    const { url, policy, calls, inHand, asked, left, world } = await silentSite();
    const call = callOf(policy, { url, method: 'POST', body: 'x' });
    const answer = calls.make(call);
    await asked();
    inHand.stop({}, 'an operator stopped it');
    await left;
    expect(codeOf(await answer)).toBe('STEP_OUTCOME_UNKNOWN');
    expect(await factOf(world, call)).toMatchObject({ type: 'egress.failed', data: { code: 'KILLED', sent: true } });
  });

  it('before it begins sends nothing, a write too, and says so', async () => {
    const { server, url, policy, calls, inHand, world } = await silentSite();
    const call = callOf(policy, { url, method: 'POST', body: 'x' });
    inHand.stop({ sessionId: call.grant.sessionId }, 'the session was revoked');
    expect(codeOf(await calls.make(call))).toBe('KILLED');
    expect(server.seen).toEqual([]);
    expect(await factOf(world, call)).toMatchObject({
      type: 'egress.denied',
      data: { code: 'KILLED', stage: 'grant' },
    });
  });

  it('leaves the calls of others alone', async () => {
    const { url, policy, calls, inHand } = await site((_request, response) => setTimeout(() => response.end('x'), 100));
    const [mine, other] = [callOf(policy, { url }), callOf(policy, { url })];
    const answers = [calls.make(mine), calls.make(other)];
    inHand.stop({ runId: mine.grant.runId }, 'the run was cancelled');
    expect((await Promise.all(answers)).map(codeOf)).toEqual(['KILLED', 'ok']);
  });
});
