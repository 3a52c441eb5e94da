import { setTimeout } from 'node:timers/promises';
import {
  getApproval,
  grantApproval,
  type ApprovalContent,
  type ApprovalView,
  type ReplyEnvelope,
  type StepOutcome,
} from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { sha256Hex } from '../src/edge.ts';
import type { RunEvent } from './run.features.ts';
import { APPROVER, consent, newId, PUBLISH, valueOf, type Started, type System } from './system.features.ts';

export const codeOf = (reply: ReplyEnvelope<unknown>): string => (reply.ok ? 'accepted' : reply.rejection.code);
export const person = (id: string) => ({ kind: 'operator' as const, id });

/** The conversations of tests about approvals. */
export function desk(system: () => System) {
  const grant = (approval: ApprovalView, actor: Parameters<System['ask']>[2] = APPROVER, reason = 'fine') =>
    system().ask(grantApproval, consent(approval, reason), actor);

  const shown = async (approvalId: string): Promise<ApprovalView> =>
    valueOf(await system().ask(getApproval, { approvalId }, APPROVER));

  async function held(stepId = 'publish', input = PUBLISH, run?: Started) {
    const started = run ?? (await system().run());
    const outcome: StepOutcome = await system().step(started, stepId, input);
    return { run: started, outcome, approval: await system().approval(outcome) };
  }

  /** The approval once it is in this state. */
  async function approvalIn(state: ApprovalView['state'], { approvalId }: ApprovalView): Promise<ApprovalView> {
    for (;;) {
      const reply = await system().ask(getApproval, { approvalId }, APPROVER);
      if (reply.ok && reply.value.state === state) return reply.value;
      await setTimeout(20);
    }
  }

  /**
   * A held step, beside an approval that says something else: what only a process that writes to the ledger and lies could leave behind. The
   * approval is granted; the step's outcome is returned.
   */
  async function lied(lie: (content: ApprovalContent) => ApprovalContent, digestOf = sha256OfContent) {
    const honest = await held('model');
    const run = await system().run();
    const approvalId = newId('approval');
    const own = { ...honest.approval.content, approvalId, ...run, stepId: 'lied' };
    const content = lie(own);
    const digest = digestOf(content);
    const approval = { ...honest.approval, approvalId, content, digest };
    await system().append(run.runId, await storyOf(honest.run, { approvalId, digest }));
    await system().append(approvalId, requestedOf(approval));
    await approvalIn('pending', approval);
    valueOf(await grant(approval));
    return { run, approvalId, outcome: await system().outcome(run, 'lied') };
  }

  /** The events with which the model step was held, for a step that waits for another approval. */
  async function storyOf({ runId }: Started, bound: { approvalId: string; digest: string }): Promise<RunEvent[]> {
    const events = (await system().eventsOf(runId)).slice(1);
    return events.map(({ type, data }) => {
      const same = data as { readonly stepId?: string };
      const step = same.stepId === undefined ? {} : { stepId: 'lied' };
      return { type, data: { ...same, ...step, ...boundOf(type, bound) } } as RunEvent;
    });
  }

  return { grant, shown, held, approvalIn, lied };
}

export const sha256OfContent = (content: ApprovalContent): string => sha256Hex(canonicalJson(content));

const requestedOf = ({ content, digest, reason, requestedBy, requestedAt: at }: ApprovalView): RunEvent => ({
  type: 'approval.requested',
  data: { content, digest, reason, requestedBy, at },
});

const boundOf = (type: string, { approvalId, digest }: { approvalId: string; digest: string }): object => {
  if (type === 'step.held') return { approvalId, digest };
  return type === 'run.paused' ? { approvalId } : {};
};
