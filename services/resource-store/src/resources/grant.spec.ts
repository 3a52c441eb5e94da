import type { StepGrant } from '@causeway/contracts';
import { sha256Hex } from './digest.ts';
import { grantRefusal } from './grant.ts';

const DEADLINE = '2026-03-01T12:00:00.000Z';
const ends = Date.parse(DEADLINE);
const grant = {
  callId: 'call_1',
  deadlineAt: DEADLINE,
  inputDigest: sha256Hex('{"limit":5,"resourceId":"r"}'),
} as StepGrant;

describe('a step grant', () => {
  it('lets its own input pass until its deadline, whatever the order of its fields', () => {
    expect(grantRefusal(grant, { resourceId: 'r', limit: 5 }, ends - 1)).toBeUndefined();
  });

  it('is refused from its deadline on', () => {
    expect(grantRefusal(grant, { resourceId: 'r', limit: 5 }, ends)).toMatchObject({ code: 'GRANT_EXPIRED' });
  });

  it('is refused for any other input', () => {
    expect(grantRefusal(grant, { resourceId: 'r', limit: 6 }, ends - 1)).toMatchObject({ code: 'GRANT_MISMATCH' });
  });
});
