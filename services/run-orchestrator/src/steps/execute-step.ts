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
import type { CapabilityFacts, Policy } from '@causeway/policy';
import { approvalPreparer, requirementNow } from '../approvals/prepare-approval.ts';
import { sha256Hex } from '../edge.ts';
import { grantUser } from '../grants/use-grant.ts';
import type { KnownCapability } from '../capabilities/known-capability.ts';
import type { KillSwitch } from '../kills/kill-switch.ts';
import type { Parts } from '../parts.ts';
import type { PolicyVerdict } from '../runs/domain/run.commands.ts';
import { budgetStatus } from '../runs/domain/budget.ts';
import { stepOf, type StartedRun, type Step } from '../runs/domain/run.ts';
import { sealingProblem } from '../sealable.ts';
import type { Views } from '../views.ts';
import { boundsOf, worstCase } from './worst-case.ts';
import { outcomeOf } from './outcome.ts';
import type { StepAttempts } from './step-attempts.ts';
import type { StepLedger } from './step-ledger.ts';

type Request = Incoming<typeof executeStep>;
type Answer = ReplyEnvelope<StepOutcome>;
type Asked = DataOf<typeof executeStep> & {
  readonly contract: KnownCapability;
  readonly inputDigest: string;
  /** What decides about it, as far as this process knows: its run may have another by now. */
  readonly policy: Policy;
};
type Why = Omit<ReturnType<Policy['decide']>, 'verdict'>;
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
  const { handlers, policies, edge, executor, capabilities } = parts;
  const prepareApproval = approvalPreparer(parts);
  const useGrant = grantUser(parts, views);

  /** Seals what becomes of the step under this verdict. */
  function seal(asked: Asked, verdict: PolicyVerdict, { meta }: Request): Promise<Sealed> {
    const { contract, runId, policy, ...step } = asked;
    const at = edge.now();
    const attempt = attempts.attemptOf(runId, step.stepId, { number: 1, capability: contract, policy, at });
    const reserves = worstCase(contract, step.input, boundsOf(policy.pack));
    const checked = { ...step, capabilityDigest: contract.digest };
    const command = { type: 'request-step' as const, ...checked, verdict, attempt, reserves, by: meta.actor.id, at };
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
    const { contract, runId, capability, input, policy } = asked;
    const { rule } = why;
    const at = edge.now();
    const { risk } = requirementNow(policy, asked);
    const bound = { agentId, capability, capabilityDigest: contract.digest, policy: policy.ref, rule, risk };
    const granted = await useGrant({ ...bound, runId, input, at }, (grant) =>
      seal(asked, { ...why, verdict: 'ask', grant }, incoming),
    );
    if (granted && !isPastGrant(granted.value)) return granted.value;
    const approval = await prepareApproval(asked, { agentId, rule, policy, at });
    return seal(asked, { ...why, verdict: 'ask', approval }, incoming);
  }

  /** What rules can see of a capability that they do not know by name. */
  function aboutOf(asked: Asked): CapabilityFacts {
    const { owner, untrusted, effectsOf } = asked.contract;
    return { owner, untrusted, effect: effectsOf(asked.input), risk: requirementNow(asked.policy, asked).risk };
  }

  async function request(asked: Asked, incoming: Request): Promise<Answer> {
    const { capability, input } = asked;
    const { id: agentId } = incoming.meta.actor;
    const killed = await kills.refusal(agentId);
    if (killed) return { ok: false, rejection: killed };
    const { verdict, ...why } = asked.policy.decide({ agentId, capability, input, about: aboutOf(asked) });
    const sealed =
      verdict === 'ask' ? await ask(asked, why, incoming) : await seal(asked, { ...why, verdict }, incoming);
    if (sealed.state.kind === 'none') return carry(asked, sealed);
    const { digest } = sealed.state.policy;
    policies.remember(asked.runId, digest);
    const isStale = !sealed.accepted && sealed.rejection.code === 'POLICY_VERSION_MISMATCH';
    const now = isStale && digest !== asked.policy.ref.digest ? await policies.find(digest) : undefined;
    return now ? request({ ...asked, policy: now }, incoming) : carry(asked, sealed);
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

  /** A step that was asked for before with the same, by the schema of that time. */
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
    const policy = policies.likely(data.runId);
    return request({ ...data, contract, input, inputDigest: sha256Hex(canonical), policy }, incoming);
  }

  return async (incoming: Request): Promise<Answer> => {
    const answer = await execute(incoming);
    const mayBeKnown = !answer.ok && ANSWERED_ALL_THE_SAME.includes(answer.rejection.code);
    return mayBeKnown ? ((await answeredBefore(incoming)) ?? answer) : answer;
  };
}

/** The grant ended while the step was on its way: it was not used, and a person is asked. */
const isPastGrant = (sealed: Sealed): boolean => !sealed.accepted && sealed.rejection.code === 'GRANT_EXPIRED';

/** What a new step is refused with although the same step was taken before: its capability is another by now, or its agent is stopped. */
const ANSWERED_ALL_THE_SAME: readonly ErrorCode[] = [
  'CAPABILITY_UNKNOWN',
  'CAPABILITY_INPUT_INVALID',
  'STEP_ID_REUSED',
  'KILLED',
];

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
