import { memoryLedger, type Recorded } from '@causeway/eventing';
import { another, fill, type WaitingRun } from './waiting-run.ts';

const RUN = `run_${'0'.repeat(26)}`;
const APPROVAL = `apr_${'0'.repeat(26)}`;
const sealed = (stream: string, type: string, data: unknown): Recorded => ({
  ...{ type, data, stream, scope: RUN, position: 0, version: 1, id: 'e', time: 't' },
  actor: { kind: 'agent', id: 'bench' },
});
const LIKE: WaitingRun = {
  ...{ runId: RUN, approvalId: APPROVAL },
  events: [
    sealed(RUN, 'run.started', { runId: RUN, sessionId: 'ses_1' }),
    sealed(RUN, 'run.paused', { approvalId: APPROVAL }),
    sealed(APPROVAL, 'approval.requested', { content: { runId: RUN, approvalId: APPROVAL } }),
  ],
};

describe('another run like one that waits', () => {
  it('has the same events under other names, wherever they stood', () => {
    const writes = another(LIKE);
    const [ofRun, ofApproval] = writes;
    expect(writes.map(({ events }) => events.map(({ type }) => type))).toEqual([
      ['run.started', 'run.paused'],
      ['approval.requested'],
    ]);
    expect(JSON.stringify(writes)).not.toContain(RUN);
    expect(JSON.stringify(writes)).not.toContain(APPROVAL);
    expect(ofRun!.events[1]!.data).toEqual({ approvalId: ofApproval!.stream });
    expect(ofApproval!.events[0]).toMatchObject({
      scope: ofRun!.stream,
      data: { content: { runId: ofRun!.stream, approvalId: ofApproval!.stream } },
    });
    expect(ofRun!.events[0]!.data).toMatchObject({ sessionId: 'ses_1' });
  });

  it('is appended as often as asked for', async () => {
    const ledger = memoryLedger();
    expect(await fill(ledger, LIKE, 70)).toBe(70 * 3 - 1);
    expect(new Set(ledger.events.map(({ stream }) => stream)).size).toBe(140);
  });
});
