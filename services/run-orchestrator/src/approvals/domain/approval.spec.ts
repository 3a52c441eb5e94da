import type { ApprovalState, RunOrchestratorEvent } from '@causeway/contracts';
import { specification } from '@causeway/eventing';
import { APPROVAL, atMs, content, DIGEST, RUN } from '../../../test/run.features.ts';
import { approvalDecider, isOpen, type ApprovalCommand, type Requested } from './approval.ts';

const { given } = specification(approvalDecider);
const NOTHING = { accepted: true, events: [] };
const refusedWith = (code: string) => ({ accepted: false, rejection: { code } });

const EXPIRES = 3_600_000;
const requested: RunOrchestratorEvent = {
  type: 'approval.requested',
  data: { content: content(), digest: DIGEST, reason: 'Publish.', requestedBy: 'researcher', at: atMs(0) },
};
const granted: RunOrchestratorEvent = {
  type: 'approval.granted',
  data: { approvalId: APPROVAL, digest: DIGEST, grantedBy: 'ann', reason: 'fine', at: atMs(10) },
};
const denied: RunOrchestratorEvent = {
  type: 'approval.denied',
  data: { approvalId: APPROVAL, deniedBy: 'ann', reason: 'no', at: atMs(10) },
};
const expired: RunOrchestratorEvent = { type: 'approval.expired', data: { approvalId: APPROVAL, at: atMs(EXPIRES) } };
const withdrawn: RunOrchestratorEvent = {
  type: 'approval.withdrawn',
  data: { approvalId: APPROVAL, reason: 'over', at: atMs(20) },
};
const consumed: RunOrchestratorEvent = {
  type: 'approval.consumed',
  data: { approvalId: APPROVAL, digest: DIGEST, runId: RUN, stepId: 's1', at: atMs(20) },
};

const HISTORIES: { readonly [State in ApprovalState]: readonly RunOrchestratorEvent[] } = {
  pending: [requested],
  granted: [requested, granted],
  denied: [requested, denied],
  expired: [requested, expired],
  consumed: [requested, granted, consumed],
  withdrawn: [requested, withdrawn],
};

const grant = (by: string, at = 10, digest = DIGEST): ApprovalCommand => ({
  ...{ type: 'grant', digest, reason: 'fine', by, at: atMs(at) },
});
const deny = (by: string, at = 10): ApprovalCommand => ({ type: 'deny', reason: 'no', by, at: atMs(at) });
const expire = (at: number): ApprovalCommand => ({ type: 'expire', at: atMs(at) });
const withdraw: ApprovalCommand = { type: 'withdraw', reason: 'over', at: atMs(20) };

/** What each command does in each state, when somebody else than the first approver sends it. */
const MATRIX: { readonly [State in ApprovalState]: readonly [string, string, string, string] } = {
  pending: ['approval.granted', 'approval.denied', 'approval.expired', 'approval.withdrawn'],
  granted: ['APPROVAL_NOT_PENDING', 'APPROVAL_NOT_PENDING', 'approval.expired', 'approval.withdrawn'],
  denied: ['APPROVAL_NOT_PENDING', 'APPROVAL_NOT_PENDING', 'nothing', 'nothing'],
  expired: ['APPROVAL_NOT_PENDING', 'APPROVAL_NOT_PENDING', 'nothing', 'nothing'],
  consumed: ['APPROVAL_NOT_PENDING', 'APPROVAL_NOT_PENDING', 'nothing', 'nothing'],
  withdrawn: ['APPROVAL_NOT_PENDING', 'APPROVAL_NOT_PENDING', 'nothing', 'nothing'],
};

describe('an approval', () => {
  it.each(Object.entries(MATRIX) as [ApprovalState, readonly string[]][])(
    'that is %s takes each command in one way',
    (state, expected) => {
      const results = [grant('bob'), deny('bob'), expire(EXPIRES), withdraw].map((command) => {
        const decision = given(...HISTORIES[state]).when(command);
        if (!decision.accepted) return decision.rejection.code;
        return decision.events[0]?.type ?? 'nothing';
      });
      expect(results).toEqual(expected);
      expect(given(...HISTORIES[state]).state()).toMatchObject({ state, version: HISTORIES[state].length });
    },
  );

  it('seals who granted it, why, and on which digest', () => {
    expect(given(requested).when(grant('ann'))).toEqual({ accepted: true, events: [granted] });
    expect(given(requested).when(deny('ann'))).toEqual({ accepted: true, events: [denied] });
  });

  it('gives the same answer to the same person again, whatever became of it since', () => {
    for (const state of ['granted', 'consumed'] as const) {
      expect(given(...HISTORIES[state]).when(grant('ann', 99_999))).toEqual(NOTHING);
    }
    expect(given(requested, granted, expired).when(grant('ann', EXPIRES))).toEqual(NOTHING);
    expect(given(...HISTORIES.denied).when(deny('ann', 99_999))).toEqual(NOTHING);
  });

  it('is not decided the other way by who decided it', () => {
    expect(given(...HISTORIES.denied).when(grant('ann'))).toMatchObject(refusedWith('APPROVAL_NOT_PENDING'));
    expect(given(...HISTORIES.granted).when(deny('ann'))).toMatchObject(refusedWith('APPROVAL_NOT_PENDING'));
  });

  it('is granted on exactly the digest that was shown', () => {
    expect(given(requested).when(grant('ann', 10, 'b'.repeat(64)))).toMatchObject(
      refusedWith('APPROVAL_DIGEST_MISMATCH'),
    );
    expect(given(...HISTORIES.granted).when(grant('ann', 10, 'b'.repeat(64)))).toMatchObject(
      refusedWith('APPROVAL_DIGEST_MISMATCH'),
    );
  });

  it('is decided by somebody else than who asked for it', () => {
    for (const command of [grant('researcher'), deny('researcher')]) {
      for (const events of Object.values(HISTORIES)) {
        expect(given(...events).when(command)).toMatchObject(refusedWith('APPROVAL_OWN_REQUEST'));
      }
    }
  });

  it('cannot be decided from the moment on at which it expires, and does not expire earlier', () => {
    expect(given(requested).when(grant('ann', EXPIRES - 1))).toMatchObject({ accepted: true });
    for (const command of [grant('ann', EXPIRES), deny('ann', EXPIRES)]) {
      expect(given(requested).when(command)).toMatchObject(refusedWith('APPROVAL_EXPIRED'));
    }
    expect(given(requested).when(expire(EXPIRES - 1))).toEqual(NOTHING);
  });

  it('that is not there is refused for every command', () => {
    for (const command of [grant('ann'), deny('ann'), expire(EXPIRES), withdraw]) {
      expect(given().when(command)).toMatchObject(refusedWith('APPROVAL_NOT_FOUND'));
    }
  });

  it('is open only while something can become of it', () => {
    const open = Object.entries(HISTORIES).filter(([, events]) => isOpen(given(...events).state() as Requested));
    expect(open.map(([state]) => state)).toEqual(['pending', 'granted']);
  });
});
