import {
  POLICY_STREAM,
  type activatePolicy,
  type getPolicyPack,
  type moveRun,
  type PolicyView,
  type ReplyEnvelope,
  type ReplyOf,
  type revokeRule,
  type RunView,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import {
  keptFiles,
  PackInvalidError,
  packParts,
  parsePack,
  policyRef,
  problemLines,
  revokedIn,
  type PackFiles,
  type PackPart,
  type PolicyPack,
} from '@causeway/policy';
import { lastPosition } from '../last-position.ts';
import type { Parts } from '../parts.ts';
import { runViewOf } from '../runs/run-view.ts';
import type { PolicyCommand, PolicyLog } from './domain/policy-log.ts';
import type { LivePolicies } from './policies.ts';

type Meta = Incoming<typeof activatePolicy>['meta'];
type Rooms = { readonly policies: LivePolicies };

/** What can be asked about what decides. */
export function createActivation(parts: Parts, { policies }: Rooms) {
  const { handlers, edge, ledger } = parts;

  async function change(command: PolicyCommand, { actor, id }: Meta): Promise<PolicyLog> {
    const handled = await handlers.policy.handle(POLICY_STREAM, command, { actor, causationId: id });
    await policies.know(handled.state);
    return handled.state;
  }

  async function activate({ data, meta }: Incoming<typeof activatePolicy>): Promise<ReplyEnvelope<PolicyView>> {
    const read = readPack(data.files);
    if (!read.ok) return read;
    const { changeId, reason } = data;
    const policy = policyRef(read.value.pack);
    const asked = { changeId, reason, by: meta.actor.id, at: edge.now() };
    const log = await change({ type: 'activate', policy, parts: read.value.parts, ...asked }, meta);
    return ok(viewOf(log, policy));
  }

  /** Rules of packs that runs may still have are looked at, the newest first. */
  async function hasPermit({ kept }: PolicyLog, rule: string): Promise<boolean> {
    for (const digest of [...kept].reverse()) {
      const policy = await policies.find(digest);
      if (policy?.pack.rules.some(({ id, effect }) => id === rule && effect === 'permit')) return true;
    }
    return policies.active().pack.rules.some(({ id, effect }) => id === rule && effect === 'permit');
  }

  async function revoke({ data, meta }: Incoming<typeof revokeRule>): Promise<ReplyEnvelope<PolicyView>> {
    const before = await handlers.policy.load(POLICY_STREAM);
    if (!(await hasPermit(before, data.rule))) {
      const detail = `no pack that was activated has a permit ${data.rule}; what a forbid keeps out stays out`;
      return rejected('RULE_NOT_FOUND', detail);
    }
    const log = await change({ type: 'revoke', ...data, by: meta.actor.id, at: edge.now() }, meta);
    return ok(viewOf(log, policies.active().ref));
  }

  async function move({ data, meta }: Incoming<typeof moveRun>): Promise<ReplyEnvelope<RunView>> {
    const { runId, digest, reason } = data;
    const policy = digest === undefined ? policies.active() : await policies.find(digest);
    if (!policy) return notKept(digest);
    const command = { type: 'move-policy' as const, policy: policy.ref, reason, by: meta.actor.id, at: edge.now() };
    const context = { actor: meta.actor, correlationId: runId, causationId: meta.id };
    const handled = await handlers.runs.handle(runId, command, context);
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    const { state: run } = handled;
    if (run.kind === 'none') throw new Error('a run that took a command is not there');
    policies.remember(runId, run.policy.digest);
    return ok(runViewOf(run, handled.position ?? (await lastPosition(ledger, runId, run.version)), edge.now()));
  }

  async function pack({ data }: Incoming<typeof getPolicyPack>): Promise<ReplyEnvelope<ReplyOf<typeof getPolicyPack>>> {
    const log = await handlers.policy.load(POLICY_STREAM);
    const digest = data.digest ?? log.standing.active?.digest ?? policies.active().ref.digest;
    const files = await keptFiles(ledger, digest);
    const policy = await policies.find(digest);
    return files && policy ? ok({ ...viewOf(log, policy.ref), files }) : notKept(digest);
  }

  return { activate, revoke, move, pack };
}
export type Activation = ReturnType<typeof createActivation>;

const notKept = (digest: string | undefined) =>
  rejected('POLICY_NOT_FOUND', `no pack with the digest ${digest} is kept; activate it once, then it is`);

type Read = { readonly pack: PolicyPack; readonly parts: readonly PackPart[] };

/** A pack from texts that somebody sent, ready to be kept. The environment of this process has no part in it. */
function readPack(files: PackFiles): ReplyEnvelope<Read> {
  try {
    return ok({ pack: parsePack(files, {}), parts: packParts(files) });
  } catch (error) {
    if (!(error instanceof PackInvalidError)) throw error;
    const errors = error.problems.map((problem) => {
      const [first = '', ...more] = problemLines(problem);
      const path = `${problem.file}${problem.line > 0 ? `:${problem.line}` : ''}`;
      return { path, message: [first.slice(path.length + 1), ...more.map((line) => line.trim())].join('; ') };
    });
    return rejected('PACK_INVALID', 'the policy pack cannot be used: see errors; nothing was changed', { errors });
  }
}

function viewOf({ standing, told }: PolicyLog, policy: PolicyView['policy']): PolicyView {
  const facts = told[policy.digest];
  return {
    policy,
    active: standing.active?.digest === policy.digest,
    revoked: [...revokedIn(standing, policy.digest)],
    ...(facts?.by === undefined ? {} : { activatedBy: facts.by }),
    ...(facts ? { activatedAt: facts.at } : {}),
    ...(facts?.reason === undefined ? {} : { reason: facts.reason }),
  };
}
