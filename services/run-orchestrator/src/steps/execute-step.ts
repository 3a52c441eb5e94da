import {
  CAPABILITIES,
  fieldErrors,
  type CapabilityContract,
  type DataOf,
  type executeStep,
  type FieldError,
  type JsonObject,
  type ReplyEnvelope,
  type StepOutcome,
} from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { ok, passing, rejected, type Incoming } from '@causeway/messaging';
import { approvalPreparer, requirementNow } from '../approvals/prepare-approval.ts';
import { sha256Hex } from '../edge.ts';
import { grantUser } from '../grants/use-grant.ts';
import type { KillSwitch } from '../kills/kill-switch.ts';
import type { Parts } from '../parts.ts';
import type { PolicyVerdict } from '../runs/domain/run.commands.ts';
import { budgetStatus } from '../runs/domain/budget.ts';
import { stepOf, type StartedRun, type Step } from '../runs/domain/run.ts';
import { sealingProblem } from '../sealable.ts';
import type { Views } from '../views.ts';
import { capabilityDigest } from './capability-digest.ts';
import { worstCase } from './worst-case.ts';
import { outcomeOf } from './outcome.ts';
import type { StepAttempts } from './step-attempts.ts';
import type { StepLedger } from './step-ledger.ts';

type Request = Incoming<typeof executeStep>;
type Answer = ReplyEnvelope<StepOutcome>;
type Asked = DataOf<typeof executeStep> & { readonly contract: CapabilityContract; readonly inputDigest: string };
type Why = Omit<ReturnType<Parts['policy']['decide']>, 'verdict'>;
type Sealed = Awaited<ReturnType<Parts['handlers']['runs']['handle']>>;
type Rooms = {
  readonly views: Views;
  readonly steps: StepLedger;
  readonly attempts: StepAttempts;
  readonly kills: KillSwitch;
};

/** Bytes of a step's input in canonical form: an approval carries it once more, and both travel in one message to the ledger. */
const MAX_INPUT_BYTES = 300_000;

/** Takes a step from an agent's request to its outcome. */
export function stepExecutor(parts: Parts, { views, steps, attempts, kills }: Rooms) {
  const { handlers, policy, edge, executor } = parts;
  const prepareApproval = approvalPreparer(parts);
  const useGrant = grantUser(parts, views);

  /** Seals what becomes of the step under this verdict. */
  function seal(asked: Asked, verdict: PolicyVerdict, { meta }: Request): Promise<Sealed> {
    const { contract, runId, ...step } = asked;
    const at = edge.now();
    const attempt = attempts.attemptOf(runId, step.stepId, { number: 1, owner: contract.owner, at });
    const reserves = worstCase(contract, step.input, policy.pack.egress);
    const command = { type: 'request-step' as const, ...step, verdict, attempt, reserves, by: meta.actor.id, at };
    passing('before-intent', asked);
    return handlers.runs.handle(runId, command, { actor: meta.actor, correlationId: runId, causationId: meta.id });
  }

  /** Carries a step that was just sealed to its outcome. */
  async function carry({ runId, stepId, contract, input }: Asked, sealed: Sealed): Promise<Answer> {
    if (!sealed.accepted) return { ok: false, rejection: sealed.rejection };
    const { state: run, position } = sealed;
    const taken = run.kind === 'none' ? undefined : stepOf(run, stepId);
    if (run.kind === 'none' || !taken) throw new Error(`step ${stepId}, just taken, is not there`);
    const event = sealed.events.findLast(({ type }) => type !== 'run.heard');
    if (event === undefined || position === undefined) return ok(await again(run, taken));
    if (event.type === 'step.started')
      return ok(await attempts.make({ run, step: taken, capability: contract, input }));
    return ok(outcomeOf({ ...taken, runId }, { event, position }, budgetStatus(run.budget, edge.now())));
  }

  /** Policy wants a person: somebody who said yes beforehand, else somebody is asked. */
  async function ask(asked: Asked, why: Why, incoming: Request): Promise<Sealed> {
    const { id: agentId } = incoming.meta.actor;
    const { contract, capability, input } = asked;
    const { rule } = why;
    const at = edge.now();
    const { risk } = requirementNow(policy, asked);
    const bound = { agentId, capability, capabilityDigest: capabilityDigest(contract), policy: policy.ref, rule, risk };
    const granted = await useGrant({ ...bound, input, at }, (grant) =>
      seal(asked, { ...why, verdict: 'ask', grant }, incoming),
    );
    if (granted) return granted.value;
    const approval = await prepareApproval(asked, { agentId, rule, at });
    return seal(asked, { ...why, verdict: 'ask', approval }, incoming);
  }

  async function request(asked: Asked, incoming: Request): Promise<Answer> {
    const { capability, input } = asked;
    const { id: agentId } = incoming.meta.actor;
    const killed = await kills.refusal(agentId);
    if (killed) return { ok: false, rejection: killed };
    const { verdict, ...why } = policy.decide({ agentId, capability, input });
    const sealed =
      verdict === 'ask' ? await ask(asked, why, incoming) : await seal(asked, { ...why, verdict }, incoming);
    return carry(asked, sealed);
  }

  /** A step that was asked for before: join it while it runs here, finish it when we began it in another life, else tell how it is. */
  async function again(run: StartedRun, step: Step): Promise<StepOutcome> {
    const joined = attempts.joined(run.runId, step.stepId);
    if (joined) return joined;
    const isAbandoned = step.state === 'started' && step.executor === executor;
    return isAbandoned ? attempts.recover(run, step) : steps.outcome(run, step);
  }

  return async (incoming: Request): Promise<Answer> => {
    const { data } = incoming;
    const contract = CAPABILITIES.get(data.capability);
    if (!contract) return unknownCapability(data.capability);
    const parsed = contract.input.safeParse(data.input);
    if (!parsed.success) return invalidInput(data.capability, fieldErrors(parsed.error));
    const input = parsed.data as JsonObject;
    const problem = sealingProblem(input);
    if (problem) return invalidInput(data.capability, [problem]);
    const canonical = canonicalJson(input);
    const sizeBytes = Buffer.byteLength(canonical);
    if (sizeBytes > MAX_INPUT_BYTES) {
      const message = `is ${sizeBytes} bytes of JSON; at most ${MAX_INPUT_BYTES} are taken`;
      return invalidInput(data.capability, [{ path: '', message }]);
    }
    return request({ ...data, contract, input, inputDigest: sha256Hex(canonical) }, incoming);
  };
}

function unknownCapability(capability: string): Answer {
  const errors = [{ path: 'capability', message: `is not one of ${[...CAPABILITIES.keys()].join(', ')}` }];
  const detail = `there is no capability «${capability}»; GET /v1/capabilities lists them`;
  return rejected('CAPABILITY_UNKNOWN', detail, { errors });
}

function invalidInput(capability: string, problems: readonly FieldError[]): Answer {
  const errors = problems.map(({ path, message }) => ({ path: path ? `input.${path}` : 'input', message }));
  return rejected('CAPABILITY_INPUT_INVALID', `the input does not fit ${capability}: see errors`, { errors });
}
