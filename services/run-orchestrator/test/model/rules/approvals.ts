import { isDeepStrictEqual } from 'node:util';
import type { ApprovalContent } from '@causeway/contracts';
import type { Journal, Rules } from '../journal.ts';
import { kindOf, moreOf, type ModelApproval } from '../known.ts';
import { FETCH, OPERATOR, TUNNEL, type Terms } from '../scene.ts';

const OPEN = ['pending', 'granted'];

/** They asked for it, or let the agent work that did. */
export const mayNotDecide = ({ extension, agentId }: ModelApproval, by: string): boolean =>
  by === agentId || (by === OPERATOR && extension === undefined);

/** Policy leaves it to others. */
export const isNotAsked = ({ approvers }: ModelApproval, by: string): boolean =>
  approvers !== undefined && !approvers.includes(by);

/** Whether more than the one step may be granted. */
export const mayStand = ({ extension, risk, stepId, quorum }: ModelApproval, until: string, at: string): boolean =>
  extension === undefined && (risk === 'low' || risk === 'medium') && quorum === 1 && hasMethod(stepId) && until > at;
/** Standing grants hold the method equal, and a tunnel has none. */
const hasMethod = (stepId: string): boolean => kindOf(stepId).capability !== TUNNEL;

/** Approvals: asked for once, decided by others in time, used once for what they say. And standing grants, which go with them. */
export function approvalRules(
  { at, check, due, isDue, get, put, change, run, setRun }: Journal,
  { consent }: Pick<Terms, 'consent'>,
): Rules {
  function settle(state: ModelApproval['state'], from: readonly string[], by?: string): void {
    const before = get('approvals');
    check(before !== undefined && from.includes(before.state), `an approval that is ${before?.state} became ${state}`);
    change('approvals', { state, ...(by === undefined ? {} : { decision: { by, as: state } }) });
  }

  function speaks(by: string, now: string): void {
    const approval = get('approvals');
    check(approval !== undefined && !mayNotDecide(approval, by), `${by} decided what they asked for`);
    check(approval !== undefined && !isNotAsked(approval, by), `${by} decided what policy leaves to others`);
    check(approval?.state === 'pending', `${by} spoke of an approval that is ${approval?.state}`);
    check(now < (approval?.expiresAt ?? ''), 'an approval was decided past its time');
  }

  function decided(state: ModelApproval['state'], by: string, now: string): void {
    speaks(by, now);
    settle(state, ['pending'], by);
  }

  /** Each yes is another person's; the last one that is needed decides. */
  function agrees(by: string, reason: string, now: string): void {
    speaks(by, now);
    const { agreed = [], quorum = 1 } = get('approvals') ?? {};
    check(
      agreed.every((one) => one.by !== by),
      `${by} agreed twice`,
    );
    change('approvals', { agreed: [...agreed, { by, reason }] });
    if (agreed.length + 1 >= quorum) settle('granted', ['pending'], by);
  }

  /** Whether an approval asks whom policy says: for more budget, one person who did not ask. */
  function asksWhomItShould({ capability, extension, quorum = 1, approvers }: ApprovalContent): boolean {
    const wanted = capability === FETCH && !extension ? consent : undefined;
    return quorum === (wanted?.quorum ?? 1) && isDeepStrictEqual(approvers, wanted?.approvers);
  }

  return {
    'approval.requested': ({ content, digest }) => {
      const { runId, stepId = '', agentId, statement, expiresAt, capabilityDigest, risk, extension } = content;
      const { quorum = 1, approvers } = content;
      check(asksWhomItShould(content), 'an approval asks others than policy says');
      check(get('approvals') === undefined, 'an approval was asked for twice');
      const of = get('runs', runId);
      const isAwaited = isDue(`request of ${at.stream}`, 'requested') || of?.waitsForTime === at.stream;
      check(isAwaited, 'an approval was asked for, and nothing waits for it');
      const isMore = !extension || (of !== undefined && extension.delta === moreOf(of, extension.meter));
      check(isMore, `${extension?.delta} more ${extension?.meter} was asked for`);
      const terms = { capabilityDigest, statement, risk, expiresAt, extension };
      const people = { quorum, approvers, agreed: [] };
      put('approvals', { state: 'pending', runId, agentId, stepId, digest, ...terms, ...people });
    },
    'approval.granted': ({ grantedBy, reason, at: now, digest, grantId }) => {
      check(get('approvals')?.digest === digest, 'an approval was granted for another digest');
      agrees(grantedBy, reason, now);
      change('approvals', { grantId });
      if (grantId !== undefined) due.set(`issue of ${grantId}`, at.stream);
    },
    'approval.denied': ({ deniedBy, at: now }) => decided('denied', deniedBy, now),
    'approval.returned': ({ returnedBy, at: now }) => decided('returned', returnedBy, now),
    'approval.expired': ({ at: now }) => {
      check(now >= (get('approvals')?.expiresAt ?? ''), 'an approval expired before its time');
      settle('expired', OPEN);
    },
    'approval.withdrawn': () => settle('withdrawn', OPEN),
    'approval.consumed': ({ runId, stepId, digest, at: now }) => {
      const is = get('approvals');
      check(isDue(at.stream, 'consumed'), 'an approval was consumed and nothing came of it');
      const isSame = is?.runId === runId && is.stepId === stepId && is.digest === digest;
      check(isSame, 'an approval was used for another step');
      check(now < (is?.expiresAt ?? ''), 'an approval was used past its time');
      settle('consumed', ['granted']);
    },
    'budget.extended': ({ meter, delta, by, approvalId, extensionId }) => {
      const before = run()!;
      const id = extensionId ?? approvalId ?? '';
      check(!before.extensions.includes(id), `${meter} was extended twice by ${id}`);
      check(by !== before.agentId, 'an agent raised its own budget');
      check(before.state === 'active' || before.state === 'paused', `a run that is ${before.state} got more ${meter}`);
      if (approvalId !== undefined) {
        const { extension } = get('approvals', approvalId) ?? {};
        check(
          extension?.meter === meter && extension.delta === delta,
          `${delta} more ${meter} is not what was approved`,
        );
        due.set(approvalId, 'consumed');
      }
      const extended = { ...before.extended, [meter]: (before.extended[meter] ?? 0) + delta };
      setRun({ extended, extensions: [...before.extensions, id] });
    },
    'grant.issued': ({ terms, matched, at: now }) => {
      const { approvalId, agentId, capabilityDigest, uses, until } = terms;
      const approval = get('approvals', approvalId);
      check(isDue(`issue of ${at.stream}`, approvalId), 'a standing grant was issued without its approval, or twice');
      check(
        approval !== undefined && mayStand(approval, until, now),
        'a standing grant was issued for what needs asking',
      );
      check(agentId === approval?.agentId, 'a standing grant was issued to another agent');
      const of = { agentId, capabilityDigest, method: String(matched['method']) };
      put('grants', { state: 'live', ...of, uses, used: 0, until });
    },
    'grant.used': ({ runId, stepId, use, at: now }) => {
      const grant = get('grants');
      check(
        isDue(`use of ${at.stream}`, `${runId}/${stepId}`),
        'a use of a grant was sealed without a step of its own',
      );
      if (!grant) return check(false, 'a grant that was not issued was used');
      const { state, used, uses, until, agentId, method } = grant;
      check(state === 'live' && use === used + 1 && use <= uses, `use ${use} of ${uses} was made of a grant, ${state}`);
      check(now < until, 'a grant was used past its time');
      const isLike = (kindOf(stepId).writes ? 'POST' : 'GET') === method && kindOf(stepId).verdict === 'ask';
      check(isLike && get('runs', runId)?.agentId === agentId, `a grant was used for ${stepId}, which is not like it`);
      change('grants', { used: use, state: use === uses ? 'used-up' : 'live' });
    },
    'grant.revoked': () => {
      check(get('grants')?.state === 'live', 'a grant that is over was revoked');
      change('grants', { state: 'revoked' });
    },
    'grant.expired': ({ at: now }) => {
      const grant = get('grants');
      check(grant?.state === 'live' && now >= grant.until, 'a grant expired that was not over');
      change('grants', { state: 'expired' });
    },
  };
}
