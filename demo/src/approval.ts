import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalView, FetchInput } from '@causeway/contracts';
import { operatorKeyFile } from '@causeway/provisioning';
import { eventOf } from './middle-kill.ts';
import type { Narrator } from './narrator.ts';
import type { Operator } from './operator.ts';

const POLL_MS = 250;

type Decision = {
  readonly operator: Operator;
  readonly runId: string;
  readonly home: string;
  readonly gatewayUrl: string;
  /** Leave it to the person at the keyboard. */
  readonly pause: boolean;
  readonly goOn: () => boolean;
};

/** Waits until the agent needs an approval, shows what it is for, and grants it or leaves that to a person. */
export async function decideApproval(decision: Decision, narrator: Narrator): Promise<void> {
  const { operator, runId, goOn, pause } = decision;
  const isIt = ({ type }: { readonly type: string }): boolean => type === 'approval.requested';
  const requested = await eventOf(operator, runId, { isIt, goOn });
  if (!requested) throw new Error('the agent ended before it needed an approval');
  const { content } = requested.data as { readonly content: ApprovalView['content'] };
  const approval = await operator.approval(content.approvalId, requested.position);
  narrator.chapter('A person decides');
  show(approval, narrator);
  if (pause) return waitForPerson(approval, decision, narrator);
  const granted = await operator.grant(approval);
  narrator.good(`local-approver granted exactly this (${granted.state}).`);
}

function show({ approvalId, content, digest, reason }: ApprovalView, narrator: Narrator): void {
  const { url = '', method = '', headers = {}, body = '' } = content.input as Partial<FetchInput>;
  narrator.line(
    `${content.agentId} wants ${content.capability}; rule ${content.rule} wants a person to agree: ${reason}`,
  );
  narrator.line('Exactly this would be executed:');
  narrator.quote('', `${method} ${url}`);
  for (const [name, value] of Object.entries(headers)) narrator.quote('', `${name}: ${value}`);
  narrator.quote('', `\n${body.trimEnd()}`);
  narrator.line(`Approval ${approvalId}, until ${content.expiresAt}`);
  narrator.line(`Digest   ${digest} (over agent, run, step, input, policy, expiry, statement)`);
  narrator.line(`Risk     ${content.risk ?? 'not known'}; to agree, a person gives back exactly this statement:`);
  narrator.quote('', content.statement ?? 'none');
}

async function waitForPerson(
  { approvalId, digest, content: { statement } }: ApprovalView,
  { operator, home, gatewayUrl, goOn }: Decision,
  narrator: Narrator,
): Promise<void> {
  const body = JSON.stringify({ digest, reason: 'I have read it', statement });
  narrator.line('');
  narrator.line('It is your turn. In another terminal:');
  narrator.line('  ./causeway approvals list');
  narrator.line(`  ./causeway approvals grant ${approvalId}`);
  narrator.line('or with curl, as the local approver:');
  narrator.line(`  curl -X POST ${gatewayUrl}/v1/approvals/${approvalId}/grant \\`);
  narrator.line(`    -H "authorization: Bearer $(cat ${operatorKeyFile(home, 'local-approver')})" \\`);
  narrator.line(`    -H 'content-type: application/json' -d '${body}'`);
  for (;;) {
    const { state, decidedBy } = await operator.approval(approvalId);
    if (state !== 'pending') return narrator.line(`The approval is ${state}${decidedBy ? ` by ${decidedBy}` : ''}.`);
    if (!goOn()) throw new Error('the agent ended before anybody decided');
    await sleep(POLL_MS);
  }
}
