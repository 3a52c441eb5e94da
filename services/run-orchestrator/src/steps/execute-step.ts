import {
  type DataOf,
  type ErrorCode,
  type executeStep,
  type FieldError,
  type JsonObject,
  type ReplyEnvelope,
  type StepOutcome,
} from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { ok, passing, rejected, type Incoming } from '@causeway/messaging';
import type { CapabilityFacts } from '@causeway/policy';
import type { KnownCapability } from '../capabilities/known-capability.ts';
import { approvalIdOf, later, sha256Hex } from '../edge.ts';
import type { KillSwitch } from '../kills/kill-switch.ts';
import type { Parts } from '../parts.ts';
import type { PolicyVerdict, PreparedApproval } from '../runs/domain/run.commands.ts';
import { budgetStatus } from '../runs/domain/budget.ts';
import { stepOf, type StartedRun, type Step } from '../runs/domain/run.ts';
import { sealingProblem } from '../sealable.ts';
import { outcomeOf } from './outcome.ts';
import type { StepAttempts } from './step-attempts.ts';
import type { StepLedger } from './step-ledger.ts';

type Request = Incoming<typeof executeStep>;
type Answer = ReplyEnvelope<StepOutcome>;
type Asked = DataOf<typeof executeStep> & { readonly contract: KnownCapability; readonly inputDigest: string };

type Rooms = { readonly steps: StepLedger; readonly attempts: StepAttempts; readonly kills: KillSwitch };

/** Bytes of a step's input in canonical form: an approval carries it once more, and both travel in one message to the ledger. */
const MAX_INPUT_BYTES = 300_000;

/** Takes a step from an agent's request to its outcome. */
export function stepExecutor(parts: Parts, { steps, attempts, kills }: Rooms) {
  const { handlers, policy, edge, executor, capabilities } = parts;

  function verdictOn(asked: Asked, agentId: string, at: string): PolicyVerdict {
    const { capability, input, contract } = asked;
    const { verdict, ...why } = policy.decide({ agentId, capability, input, about: aboutOf(contract, input) });
    if (verdict !== 'ask') return { ...why, verdict };
    return { ...why, verdict, approval: prepareApproval(asked, { agentId, rule: why.rule, at }) };
  }

  function prepareApproval(asked: Asked, why: { agentId: string; rule: string; at: string }): PreparedApproval {
    const { runId, sessionId, stepId, capability, contract, input } = asked;
    const { agentId, rule, at } = why;
    const content = {
      ...{ approvalId: approvalIdOf(runId, stepId), agentId, sessionId, runId, stepId, capability },
      ...{ capabilityDigest: contract.digest, input, policy: policy.ref, rule },
      ...{ expiresAt: later(at, policy.pack.approvals.expiresAfterMs), nonce: edge.nonce() },
    };
    return { content, digest: sha256Hex(canonicalJson(content)) };
  }

  async function request({ contract, ...step }: Asked, { meta }: Request): Promise<Answer> {
    const { runId, stepId, input } = step;
    const { id: by } = meta.actor;
    const killed = await kills.refusal(by);
    if (killed) return { ok: false, rejection: killed };
    const at = edge.now();
    const verdict = verdictOn({ contract, ...step }, by, at);
    const attempt = attempts.attemptOf(runId, stepId, { number: 1, owner: contract.owner, at });
    const checked = { ...withoutRunId(step), capabilityDigest: contract.digest };
    const command = { type: 'request-step' as const, ...checked, verdict, attempt, by, at };
    const context = { actor: meta.actor, correlationId: runId, causationId: meta.id };
    passing('before-intent', step);
    const handled = await handlers.runs.handle(runId, command, context);
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    const { state: run, position } = handled;
    const taken = run.kind === 'none' ? undefined : stepOf(run, stepId);
    if (run.kind === 'none' || !taken) throw new Error(`step ${stepId}, just taken, is not there`);
    const event = handled.events.findLast(({ type }) => type !== 'run.heard');
    if (event === undefined || position === undefined) return ok(await again(run, taken));
    if (event.type === 'step.started')
      return ok(await attempts.make({ run, step: taken, capability: contract, input }));
    return ok(outcomeOf({ ...taken, runId }, { event, position }, budgetStatus(run.budget, at)));
  }

  /** A step that was asked for before: join it while it runs here, finish it when we began it in another life, else tell how it is. */
  async function again(run: StartedRun, step: Step): Promise<StepOutcome> {
    const joined = attempts.joined(run.runId, step.stepId);
    if (joined) return joined;
    const isAbandoned = step.state === 'started' && step.executor === executor;
    return isAbandoned ? attempts.recover(run, step) : steps.outcome(run, step);
  }

  /** The step of a run of this caller that has this id and capability; undefined when there is none. */
  async function ownStep({ data, meta }: Request): Promise<{ run: StartedRun; step: Step } | undefined> {
    const run = await handlers.runs.load(data.runId);
    if (run.kind === 'none' || run.sessionId !== data.sessionId || run.agentId !== meta.actor.id) return undefined;
    const step = stepOf(run, data.stepId);
    return step?.capability === data.capability ? { run, step } : undefined;
  }

  /** The digest of an input by the schema that a step was checked against; undefined when it does not fit, or is not known any more. */
  async function digestThen(run: StartedRun, step: Step, input: JsonObject): Promise<string | undefined> {
    const { event } = await steps.eventAt(run.runId, step.requestedVersion);
    const digest = event.type === 'step.requested' ? event.data.capabilityDigest : undefined;
    const capability = digest === undefined ? undefined : await capabilities.asOf(step.capability, digest);
    const checked = capability?.checkInput(input);
    return checked?.ok && !sealingProblem(checked.value)
      ? sha256Hex(canonicalJson(checked.value as JsonObject))
      : undefined;
  }

  /** A step that was asked for before with the same, by the schema of that time: a capability may have changed or gone since. */
  async function answeredBefore(request: Request): Promise<Answer | undefined> {
    const own = await ownStep(request);
    if (!own) return undefined;
    const isSame = (await digestThen(own.run, own.step, request.data.input)) === own.step.inputDigest;
    return isSame ? ok(await again(own.run, own.step)) : undefined;
  }

  async function execute(incoming: Request): Promise<Answer> {
    const { data } = incoming;
    const contract = await capabilities.find(data.capability);
    if (!contract) return unknownCapability(data.capability, capabilities.ids());
    const checked = contract.checkInput(data.input);
    if (!checked.ok) return invalidInput(data.capability, checked.errors, checked.missing);
    const input = checked.value as JsonObject;
    const problem = sealingProblem(input);
    if (problem) return invalidInput(data.capability, [problem]);
    const canonical = canonicalJson(input);
    const sizeBytes = Buffer.byteLength(canonical);
    if (sizeBytes > MAX_INPUT_BYTES) {
      const message = `is ${sizeBytes} bytes of JSON; at most ${MAX_INPUT_BYTES} are taken`;
      return invalidInput(data.capability, [{ path: '', message }]);
    }
    return request({ ...data, contract, input, inputDigest: sha256Hex(canonical) }, incoming);
  }

  return async (incoming: Request): Promise<Answer> => {
    const answer = await execute(incoming);
    const mayBeKnown = !answer.ok && BY_SCHEMA.includes(answer.rejection.code);
    return mayBeKnown ? ((await answeredBefore(incoming)) ?? answer) : answer;
  };
}

/** What a step is refused with when the schema of its capability is another than when it was asked for the first time. */
const BY_SCHEMA: readonly ErrorCode[] = ['CAPABILITY_UNKNOWN', 'CAPABILITY_INPUT_INVALID', 'STEP_ID_REUSED'];

function withoutRunId<Step extends { runId: string }>({ runId: _, ...rest }: Step): Omit<Step, 'runId'> {
  return rest;
}

/** What rules can see of a capability that they do not know by name. */
function aboutOf({ owner, untrusted, effectsOf, descriptor }: KnownCapability, input: JsonObject): CapabilityFacts {
  return { owner, untrusted, effect: effectsOf(input), risk: descriptor.approval.risk };
}

function unknownCapability(capability: string, known: readonly string[]): Answer {
  const errors = [{ path: 'capability', message: `is not one of ${known.join(', ')}` }];
  const detail = `there is no capability «${capability}»; GET /v1/capabilities lists them`;
  return rejected('CAPABILITY_UNKNOWN', detail, { errors });
}

function invalidInput(capability: string, problems: readonly FieldError[], missing: readonly string[] = []): Answer {
  const errors = problems.map(({ path, message }) => ({ path: path ? `input.${path}` : 'input', message }));
  const detail =
    missing.length > 0
      ? `the input of ${capability} lacks ${missing.join(', ')}; add it and send the step again`
      : `the input does not fit ${capability}: see errors`;
  const facts = missing.length > 0 ? { facts: { missing: [...missing] } } : {};
  return rejected('CAPABILITY_INPUT_INVALID', detail, { errors, ...facts });
}
