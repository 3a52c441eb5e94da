import { formatId } from '@causeway/contracts';
import { stopOf } from './hear-stops.ts';

const RUN = formatId('run', new Uint8Array(16).fill(1));
const SESSION = formatId('session', new Uint8Array(16).fill(1));
const KILL = formatId('kill', new Uint8Array(16).fill(1));
const at = '2026-01-01T00:00:00.000Z';
const kill = (data: object) =>
  ({
    type: 'kill.pulled',
    stream: 'kills',
    data: { killId: KILL, pulledBy: 'olga', reason: 'x', at, ...data },
  }) as never;

describe('what the log says stops', () => {
  it.each([
    [{ type: 'run.cancelled', stream: RUN, data: {} } as never, { runId: RUN }],
    [{ type: 'session.revoked', stream: SESSION, data: { sessionId: SESSION } } as never, { sessionId: SESSION }],
    [kill({ scope: 'step', runId: RUN, stepId: 's1' }), { runId: RUN, stepId: 's1' }],
    [kill({ scope: 'run', runId: RUN }), { runId: RUN }],
    [kill({ scope: 'session', sessionId: SESSION }), { sessionId: SESSION }],
    [kill({ scope: 'agent', agentId: 'reader' }), { agentId: 'reader' }],
    [kill({ scope: 'everything' }), {}],
  ])('%j', (event, what) => {
    expect(stopOf(event)?.what).toEqual(what);
  });

  it('nothing by anything else', () => {
    expect(stopOf({ type: 'run.resumed', stream: RUN, data: {} } as never)).toBeUndefined();
  });
});
