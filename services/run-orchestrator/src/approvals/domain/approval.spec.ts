import type { ApprovalState, RunOrchestratorEvent } from '@causeway/contracts';
import { specification } from '@causeway/eventing';
import { APPROVAL, atMs, content, DIGEST, RUN } from '../../../test/run.features.ts';
import { isOpen, type Requested } from './approval.ts';
import { approvalDecider, type ApprovalCommand } from './approval.decide.ts';

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
const returned: RunOrchestratorEvent = {
  type: 'approval.returned',
  data: { approvalId: APPROVAL, returnedBy: 'ann', feedback: 'shorter', suggestedInput: { body: 'x' }, at: atMs(10) },
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
  returned: [requested, returned],
  expired: [requested, expired],
  consumed: [requested, granted, consumed],
  withdrawn: [requested, withdrawn],
};

const grant = (by: string, at = 10, digest = DIGEST, more: object = {}): ApprovalCommand => ({
  ...{ type: 'grant', digest, reason: 'fine', by, at: atMs(at) },
  ...more,
});
const giveBack = (by: string, at = 10): ApprovalCommand => ({
  ...{ type: 'return', feedback: 'shorter', suggestedInput: { body: 'x' }, by, at: atMs(at) },
});
const deny = (by: string, at = 10): ApprovalCommand => ({ type: 'deny', reason: 'no', by, at: atMs(at) });
const expire = (at: number): ApprovalCommand => ({ type: 'expire', at: atMs(at) });
const withdraw: ApprovalCommand = { type: 'withdraw', reason: 'over', at: atMs(20) };

/** What each command does in each state, when somebody else than the first approver sends it. */
const all = (code: string) => [code, code, code] as const;
const MATRIX: { readonly [State in ApprovalState]: readonly [string, string, string, string, string] } = {
  pending: ['approval.granted', 'approval.denied', 'approval.returned', 'approval.expired', 'approval.withdrawn'],
  granted: [...all('APPROVAL_NOT_PENDING'), 'approval.expired', 'approval.withdrawn'],
  denied: [...all('APPROVAL_DENIED'), 'nothing', 'nothing'],
  returned: [...all('APPROVAL_RETURNED'), 'nothing', 'nothing'],
  expired: [...all('APPROVAL_EXPIRED'), 'nothing', 'nothing'],
  consumed: [...all('APPROVAL_CONSUMED'), 'nothing', 'nothing'],
  withdrawn: [...all('APPROVAL_WITHDRAWN'), 'nothing', 'nothing'],
};

describe('an approval', () => {
  it.each(Object.entries(MATRIX) as [ApprovalState, readonly string[]][])(
    'that is %s takes each command in one way',
    (state, expected) => {
      const results = [grant('bob'), deny('bob'), giveBack('bob'), expire(EXPIRES), withdraw].map((command) => {
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
    expect(given(requested).when(giveBack('ann'))).toEqual({ accepted: true, events: [returned] });
  });

  it('gives the same answer to the same person again, whatever became of it since', () => {
    for (const state of ['granted', 'consumed'] as const) {
      expect(given(...HISTORIES[state]).when(grant('ann', 99_999))).toEqual(NOTHING);
    }
    expect(given(requested, granted, expired).when(grant('ann', EXPIRES))).toEqual(NOTHING);
    expect(given(...HISTORIES.denied).when(deny('ann', 99_999))).toEqual(NOTHING);
    expect(given(...HISTORIES.returned).when(giveBack('ann', 99_999))).toEqual(NOTHING);
  });

  it('is not decided the other way by who decided it', () => {
    expect(given(...HISTORIES.denied).when(grant('ann'))).toMatchObject(refusedWith('APPROVAL_DENIED'));
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
    for (const command of [grant('researcher'), deny('researcher'), giveBack('researcher')]) {
      for (const events of Object.values(HISTORIES)) {
        expect(given(...events).when(command)).toMatchObject(refusedWith('APPROVAL_OWN_REQUEST'));
      }
    }
  });

  it('cannot be decided from the moment on at which it expires, and does not expire earlier', () => {
    expect(given(requested).when(grant('ann', EXPIRES - 1))).toMatchObject({ accepted: true });
    for (const command of [grant('ann', EXPIRES), deny('ann', EXPIRES), giveBack('ann', EXPIRES)]) {
      expect(given(requested).when(command)).toMatchObject(refusedWith('APPROVAL_EXPIRED'));
    }
    expect(given(requested).when(expire(EXPIRES - 1))).toEqual(NOTHING);
  });

  it('that is not there is refused for every command', () => {
    for (const command of [grant('ann'), deny('ann'), giveBack('ann'), expire(EXPIRES), withdraw]) {
      expect(given().when(command)).toMatchObject(refusedWith('APPROVAL_NOT_FOUND'));
    }
  });

  it('is open only while something can become of it', () => {
    const open = Object.entries(HISTORIES).filter(([, events]) => isOpen(given(...events).state() as Requested));
    expect(open.map(([state]) => state)).toEqual(['pending', 'granted']);
  });
});

/** An approval of this content, asked for by the agent. */
const asked = (more: Parameters<typeof content>[0]): RunOrchestratorEvent => ({
  type: 'approval.requested',
  data: { content: content(more), digest: DIGEST, reason: 'Publish.', requestedBy: 'researcher', at: atMs(0) },
});
const yes = (grantedBy: string, reason = 'fine'): RunOrchestratorEvent => ({
  type: 'approval.granted',
  data: { approvalId: APPROVAL, digest: DIGEST, grantedBy, reason, at: atMs(10) },
});

describe('the statement of an approval', () => {
  const stated = asked({ statement: 'I approve exactly this.' });

  it('has to be given back word for word', () => {
    const says = (statement?: string) => given(stated).when(grant('ann', 10, DIGEST, { statement }));
    expect(says('I approve exactly this.')).toEqual({ accepted: true, events: [granted] });
    for (const other of [undefined, '', 'i approve exactly this.', 'I approve exactly this. ', 'I approve.'])
      expect(says(other)).toMatchObject(refusedWith('APPROVAL_STATEMENT_MISMATCH'));
  });

  it('is not asked for by who says no', () => {
    expect(given(stated).when(deny('ann'))).toMatchObject({ accepted: true });
    expect(given(stated).when(giveBack('ann'))).toMatchObject({ accepted: true });
  });
});

describe('separation of duties', () => {
  it('keeps those from deciding who let the agent work', () => {
    const events = [asked({ excluded: ['olga', 'oscar'] })];
    for (const by of ['olga', 'oscar'])
      for (const command of [grant(by), deny(by), giveBack(by)])
        expect(given(...events).when(command)).toMatchObject(refusedWith('APPROVAL_OWN_REQUEST'));
    expect(given(...events).when(grant('ann'))).toMatchObject({ accepted: true });
  });

  it('leaves the decision to the approvers whom the pack names', () => {
    const events = [asked({ approvers: ['ann', 'bob'] })];
    for (const command of [grant('carl'), deny('carl'), giveBack('carl')])
      expect(given(...events).when(command)).toMatchObject(refusedWith('APPROVAL_NOT_APPROVER'));
    expect(given(...events).when(grant('bob'))).toMatchObject({ accepted: true });
  });
});

describe('a quorum', () => {
  const three = asked({ quorum: 3 });

  it('is reached only once so many different people agreed', () => {
    const states = [[], [yes('ann')], [yes('ann'), yes('bob')], [yes('ann'), yes('bob'), yes('carl')]].map(
      (events) => (given(three, ...events).state() as Requested).state,
    );
    expect(states).toEqual(['pending', 'pending', 'pending', 'granted']);
    expect(given(three, yes('ann'), yes('bob'), yes('carl')).state()).toMatchObject({
      given: [{ by: 'ann' }, { by: 'bob' }, { by: 'carl' }],
      decision: { verdict: 'granted', by: 'carl' },
    });
  });

  it('takes each person once; the same words again are the same answer', () => {
    expect(given(three, yes('ann')).when(grant('ann', 10, DIGEST, { reason: 'again' }))).toMatchObject(
      refusedWith('APPROVAL_ALREADY_GIVEN'),
    );
    expect(given(three, yes('ann')).when(grant('ann', 20))).toEqual(NOTHING);
    expect(given(three, yes('ann')).when(grant('bob'))).toMatchObject({ accepted: true });
  });

  it('ends with the first no, whoever agreed before, also when it is one of them', () => {
    for (const by of ['bob', 'ann']) {
      expect(given(three, yes('ann')).when(deny(by))).toMatchObject({ accepted: true });
    }
    expect(given(three, yes('ann'), denied).when(grant('bob'))).toMatchObject(refusedWith('APPROVAL_DENIED'));
    expect(given(three, yes('ann'), returned).when(grant('bob'))).toMatchObject(refusedWith('APPROVAL_RETURNED'));
  });
});
