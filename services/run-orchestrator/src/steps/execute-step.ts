import { CAPABILITIES, fieldErrors, type CapabilityContract, type DataOf, type executeStep, type JsonObject, type ReplyEnvelope, type StepOutcome } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import { approvalIdOf, later, sha256Hex } from '../edge.ts';
import type { Parts } from '../parts.ts';
import type { PolicyVerdict, PreparedApproval } from '../runs/domain/run.commands.ts';
import { stepOf, type StartedRun } from '../runs/domain/run.ts';
import { capabilityDigest } from './capability-digest.ts';
import { outcomeOf } from './outcome.ts';
import type { StepAttempts } from './step-attempts.ts';

type Request = Incoming<typeof executeStep>;
type Answer = ReplyEnvelope<StepOutcome>;
type Asked = DataOf<typeof executeStep> & { readonly capabilityContract: CapabilityContract; readonly input: JsonObject; readonly inputDigest: string };

/** Takes a step from an agent's request to its outcome. */
export function stepExecutor(parts: Parts, attempts: StepAttempts) {
  const { handlers, policy, edge } = parts;

  function verdictOn(asked: Asked, agentId: string, at: string): PolicyVerdict {
    const decision = policy.decide({ agentId, capability: asked.capability, input: asked.input });
    const { verdict, ...why } = decision;
    return verdict === 'ask' ? { ...why, verdict, approval: prepareApproval(asked, { agentId, rule: why.rule, at }) } : { ...why, verdict };
  }

  function prepareApproval(asked: Asked, { agentId, rule, at }: { agentId: string; rule: string; at: string }): PreparedApproval {
    const { runId, sessionId, stepId, capability, capabilityContract, input } = asked;
    const content = {
      ...{ approvalId: approvalIdOf(runId, stepId), agentId, sessionId, runId, stepId, capability },
      ...{ capabilityDigest: capabilityDigest(capabilityContract), input, policy: policy.ref, rule },
      ...{ expiresAt: later(at, policy.pack.approvals.expiresAfterMs), nonce: edge.nonce() },
    };
    return { content, digest: sha256Hex(canonicalJson(content)) };
  }

  async function request(asked: Asked, { meta }: Request): Promise<Answer> {
    const { runId, sessionId, stepId, capability, input, inputDigest, capabilityContract } = asked;
    const at = edge.now();
    const agentId = meta.actor.id;
    const attempt = attempts.attemptOf(runId, stepId, { number: 1, owner: capabilityContract.owner, at });
    const verdict = verdictOn(asked, agentId, at);
    const command = { type: 'request-step' as const, sessionId, stepId, capability, input, inputDigest, verdict, attempt, by: agentId, at };
    const handled = await handlers.runs.handle(runId, command, { actor: meta.actor, correlationId: runId, causationId: meta.id });
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    const run = handled.state as StartedRun;
    const step = stepOf(run, stepId)!;
    const event = handled.events.at(-1);
    if (event === undefined || handled.position === undefined) return ok(await again(run, stepId));
    if (event.type !== 'step.started') return ok(outcomeOf(run, step, { event, position: handled.position }, at));
    return ok(await attempts.make({ run, step, capability: capabilityContract, input }));
  }

  /** A step that was asked for before: join it while it runs here, else tell how the ledger has it. */
  async function again(run: StartedRun, stepId: string): Promise<StepOutcome> {
    return (await attempts.joined(run.runId, stepId)) ?? attempts.outcomeFromLedger(run, stepOf(run, stepId)!);
  }

  return async (incoming: Request): Promise<Answer> => {
    const { data } = incoming;
    const capabilityContract = CAPABILITIES.get(data.capability);
    if (!capabilityContract) {
      const known = [...CAPABILITIES.keys()].join(', ');
      const errors = [{ path: 'capability', message: `is not one of ${known}` }];
      return rejected('CAPABILITY_UNKNOWN', `there is no capability «${data.capability}»; GET /v1/capabilities lists them`, { errors });
    }
    const parsed = capabilityContract.input.safeParse(data.input);
    if (!parsed.success) {
      const errors = fieldErrors(parsed.error).map(({ path, message }) => ({ path: path ? `input.${path}` : 'input', message }));
      return rejected('CAPABILITY_INPUT_INVALID', `the input does not fit ${data.capability}: see errors`, { errors });
    }
    const input = parsed.data as JsonObject;
    const canonical = canonicalOf(input);
    if (canonical === undefined) {
      const errors = [{ path: 'input', message: 'holds text that is not well-formed Unicode, or a number that is not a safe integer' }];
      return rejected('CAPABILITY_INPUT_INVALID', 'the input cannot be sealed: see errors', { errors });
    }
    return request({ ...data, capabilityContract, input, inputDigest: sha256Hex(canonical) }, incoming);
  };
}

function canonicalOf(input: JsonObject): string | undefined {
  try {
    return canonicalJson(input);
  } catch {
    return undefined;
  }
}
