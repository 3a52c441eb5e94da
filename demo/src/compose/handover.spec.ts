import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leave, taken } from './handover.ts';

describe('the hand-over to the agent', () => {
  it('is not there before it was left, and then whole', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'causeway-handover-')), 'agent.json');
    expect(taken(file)).toBeUndefined();
    const handover = { token: 't', runId: 'r', gatewayUrl: 'http://gateway:8080' };
    leave(file, handover);
    expect(taken(file)).toEqual(handover);
  });
});
