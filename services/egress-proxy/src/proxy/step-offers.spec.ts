import type { ReplyEnvelope, StepOutcome, TunnelInput } from '@causeway/contracts';
import { callOf, digestOf, policyFor } from '../../test/calls.ts';
import { stepOffers } from './step-offers.ts';
import { waitingConnections } from './waiting-connections.ts';

const RUN = 'run_00000000000000000000000001';
const input: TunnelInput = { listener: 'l', connection: 'c'.repeat(32), host: 'a.example.org', port: 443 };
const outcome = (over: Partial<StepOutcome>): ReplyEnvelope<StepOutcome> => ({
  ok: true,
  value: {
    ...{ runId: RUN, stepId: 's', capability: 'network.tunnel', state: 'started', attempt: 1, position: 0 },
    budget: { steps: { limit: 1, used: 0, reserved: 0 }, wallClockMs: { limit: 1, used: 0 } },
    ...over,
  },
});
type Tell = (answer: string) => void;

function offering(
  reply: Promise<ReplyEnvelope<StepOutcome>> | (() => Promise<ReplyEnvelope<StepOutcome>>),
  { waitMs = 0, over = {} }: { waitMs?: number; over?: Partial<TunnelInput> } = {},
) {
  const among = waitingConnections<Tell>();
  const gone = new AbortController();
  const offer = stepOffers(() => (typeof reply === 'function' ? reply() : reply), waitMs);
  const asked = { ...input, ...over };
  const { grant } = callOf(
    policyFor({}),
    { url: '' },
    { runId: RUN, stepId: `proxy-${input.connection}`, inputDigest: digestOf(asked) },
  );
  const offered = offer<Tell, string>({
    ...{
      capability: 'network.tunnel',
      credential: { runId: RUN, tokenSha256: 'a'.repeat(64) },
      among,
      gone: gone.signal,
    },
    ...{ input: asked, carry: (tell) => tell },
  });
  return { among, gone, offered, take: () => among.take(input.connection, grant, digestOf(asked)) };
}

describe('what waits for its step', () => {
  it('is answered by the call that takes it up, without waiting for the step to be settled', async () => {
    const { offered, take } = offering(new Promise(() => {}));
    take()?.('through');
    expect(await offered).toEqual({ kind: 'answered', answer: 'through' });
  });

  it('is refused when the step is, and cannot be taken up any more', async () => {
    const rejection = { code: 'POLICY_DENIED' as const, detail: 'no' };
    const { offered, take, among } = offering(Promise.resolve(outcome({ state: 'denied', rejection })));
    expect(await offered).toEqual({ kind: 'refused', rejection });
    expect([take(), among.count()]).toEqual([undefined, 0]);
  });

  it('is refused when nobody decides', async () => {
    const rejection = { code: 'SERVICE_UNAVAILABLE' as const, detail: 'no answer' };
    expect(await offering(Promise.resolve({ ok: false, rejection })).offered).toEqual({ kind: 'refused', rejection });
  });

  it('waits for a person as long as it may, and goes on when the call comes', async () => {
    const held = outcome({ state: 'held', approvalId: 'apr_00000000000000000000000001' });
    const { offered, take } = offering(Promise.resolve(held), { waitMs: 60_000 });
    await new Promise((resolve) => setImmediate(resolve));
    take()?.('through');
    expect(await offered).toEqual({ kind: 'answered', answer: 'through' });
  });

  it('is refused soon after a person has said no, and not only when its wait is over', async () => {
    const rejection = { code: 'APPROVAL_DENIED' as const, detail: 'no' };
    const said = [outcome({ state: 'held' }), outcome({ state: 'held' }), outcome({ state: 'denied', rejection })];
    const { offered, take } = offering(async () => said.shift()!, { waitMs: 600_000 });
    expect(await offered).toEqual({ kind: 'refused', rejection });
    expect([take(), said]).toEqual([undefined, []]);
  });

  it('is told which approval it needs when nobody agreed in time', async () => {
    const approvalId = 'apr_00000000000000000000000001';
    expect(await offering(Promise.resolve(outcome({ state: 'held', approvalId }))).offered).toMatchObject({
      ...{ kind: 'refused', approvalId, rejection: { code: 'POLICY_DENIED' } },
    });
  });

  it('cannot be taken up when its form was wrong', async () => {
    const { take } = offering(new Promise(() => {}), { over: { problem: 'two Hosts' } });
    expect(take()).toBeUndefined();
  });

  it('cannot be taken up once whoever asked is gone', async () => {
    const { gone, take } = offering(new Promise(() => {}));
    gone.abort();
    expect(take()).toBeUndefined();
  });

  it('was not let through by a step that something else answered', async () => {
    expect(await offering(Promise.resolve(outcome({ state: 'succeeded' }))).offered).toMatchObject({
      rejection: { code: 'CONNECTION_GONE' },
    });
  });
});
