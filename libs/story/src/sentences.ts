import type {
  Amounts,
  BudgetWarning,
  CausewayEvent,
  FetchInput,
  JsonObject,
  Rejection,
  ScheduleSpec,
} from '@causeway/contracts';
import { meaningOf } from './predicate-meaning.ts';

type EventType = CausewayEvent['type'];
type DataOf<Type extends EventType> = Extract<CausewayEvent, { type: Type }>['data'];
type Sentences = { readonly [Type in EventType]: (data: DataOf<Type>) => string };

/** What each type of event means, in one sentence for a person who sees it for the first time. */
const SENTENCES: Sentences = {
  'policy.activated': ({ policy, activatedBy, reason }) =>
    `Policy ${policy.pack} ${policy.version} decides about runs that start from here on${activatedBy === undefined ? '' : `; ${activatedBy} activated it: ${reason ?? '…'}`}.`,
  'policy.recorded': ({ digest, file }) => `A part of ${file} of the policy ${digest.slice(0, 12)} is kept.`,
  'policy.revoked': ({ rule, revokedBy, reason }) =>
    `${revokedBy} revoked the rule ${rule}, for runs of every pack: ${reason}.`,

  'session.opened': ({ agentId, openedBy }) => `${openedBy} opened a session for the agent ${agentId}.`,
  'session.revoked': ({ revokedBy, reason }) => `${revokedBy} revoked the session: ${reason}.`,

  'session.occupied': () => 'The session is taken by the run that starts now.',
  'session.released': () => 'The session is free of the run, which is over.',

  'run.started': ({ agentId, budget, predicate, startsAt }) =>
    `The run of ${agentId} ${startsAt === undefined ? 'started' : `is to begin at ${startsAt}`} with a budget of ${budget.steps} steps; it is done when ${meaningOf(predicate)}.`,
  'run.moved': ({ policy, movedBy, reason }) =>
    `${movedBy} moved the run to the policy ${policy.pack} ${policy.version}: ${reason}.`,
  'run.activated': () => 'The time of the run has come: it is active, and its budget counts from here.',
  'run.paused': ({ cause, deadlineAt, waitsFor, resumeAt }) =>
    resumeAt === undefined
      ? `The run pauses (${waitsFor === undefined ? cause : `${cause}: ${waitsFor}`}); at ${deadlineAt} the clock would end the wait.`
      : `The run pauses (${cause}) until ${resumeAt}.`,
  'run.resumed': ({ cause }) => `The run goes on after its pause (${cause}).`,
  'run.heard': ({ by }) => `${by} gives a sign of life.`,
  'run.signalled': ({ by, name }) => `${by} says that «${name}» happened.`,
  'run.awaited': ({ name }) => `«${name}» had come before the run waited for it: it goes on at once.`,
  'run.checkpointed': ({ by, sizeBytes }) => `${by} leaves a checkpoint of ${sizeBytes} bytes to go on from.`,
  'run.claimed': ({ claimedBy }) => `${claimedBy} claims that the goal is reached; a claim proves nothing.`,
  'run.done': ({ verifiedBy, evidence }) =>
    `The ledger bears the claim out (${verifiedBy}${evidence.length > 0 ? `, step ${evidence.join(', ')}` : ''}): the run is done.`,
  'run.failed': ({ code, reason }) => `The run failed (${code}): ${reason}.`,
  'run.cancelled': ({ cancelledBy, reason }) => `${cancelledBy} cancelled the run: ${reason}.`,
  'run.noted': ({ notedBy, key }) => `${notedBy} notes a value as ${key}; a note is the agent's own word.`,
  'claim.refused': ({ missing }) => `The claim is refused: ${missing}.`,

  'subgoal.added': ({ addedBy, subgoalId, predicate }) =>
    `${addedBy} adds the subgoal «${subgoalId}»; it is done when ${meaningOf(predicate)}.`,
  'subgoal.started': ({ subgoalId }) => `«${subgoalId}» is the subgoal from here on.`,
  'subgoal.claimed': ({ claimedBy, subgoalId }) => `${claimedBy} claims that the subgoal «${subgoalId}» is reached.`,
  'subgoal.done': ({ subgoalId, verifiedBy, evidence }) =>
    `The subgoal «${subgoalId}» is done (${verifiedBy}${evidence.length > 0 ? `, step ${evidence.join(', ')}` : ''}).`,
  'subgoal.refused': ({ subgoalId, missing }) => `The claim of the subgoal «${subgoalId}» is refused: ${missing}.`,

  'step.requested': ({ stepId, capability, input }) => `The agent asks for «${stepId}»: ${callOf(capability, input)}.`,
  'policy.decided': ({ verdict, rule }) => `Policy says ${VERDICTS[verdict]} by rule ${rule}.`,
  'budget.reserved': ({ steps }) => `${counted(steps, 'step')} of the budget ${steps === 1 ? 'is' : 'are'} set aside.`,
  'budget.warned': ({ meter, warning, limit, used }) => warningOf({ meter, warning, limit, used }),
  'budget.extended': ({ meter, delta, by }) => `${by} adds ${delta} to the run's limit of ${meter}.`,
  'budget.allotted': ({ pool, amounts }) => `The run may use ${listOf(amounts)} of ${pool}.`,
  'budget.returned': ({ pool, amounts, isLast }) =>
    `The run gives ${listOf(amounts)} back to ${pool}${isLast ? ', and will draw no more' : ''}.`,
  'pool.opened': ({ level, owner, team, limits }) =>
    `The ${level} ${owner} has a pool of ${listOf(limits)}${team === undefined ? '' : ` in the team ${team}`}.`,
  'pool.limited': ({ limits }) => `The policy gives the pool other limits: ${listOf(limits)}.`,
  'pool.drawn': ({ holder, amounts }) => `${holder} draws ${listOf(amounts)} from the pool.`,
  'pool.returned': ({ holder, amounts }) => `${holder} gives ${listOf(amounts)} back to the pool.`,
  'pool.allotted': ({ pool, amounts }) => `The pool gets ${listOf(amounts)} of ${pool} above it.`,
  'pool.surrendered': ({ pool, amounts }) => `The pool gives ${listOf(amounts)} back to ${pool} above it.`,
  'pool.extended': ({ meter, delta, by }) => `${by} adds ${delta} to the pool's limit of ${meter}.`,
  'pool.warned': ({ meter, warning, limit, used }) => `Of the pool: ${warningOf({ meter, warning, limit, used })}`,
  'budget.settled': ({ steps, bytesIn, bytesOut }) =>
    `The budget is settled: ${counted(steps, 'step')}, ${bytesOut} bytes out, ${bytesIn} bytes in.`,
  'step.started': ({ stepId, attempt, owner }) =>
    attempt === 1
      ? `Sealed before it is done: ${owner} starts «${stepId}».`
      : `${owner} starts «${stepId}» once more (attempt ${attempt}): how the one before ended is not known, and reading twice changes nothing.`,
  'step.held': ({ stepId, digest }) => `«${stepId}» is held until a person agrees to exactly ${brief(digest)}.`,
  'step.denied': ({ stepId, rejection }) => `«${stepId}» is refused (${reasonOf(rejection)}); nothing was sent.`,
  'step.succeeded': ({ stepId, usage }) => `«${stepId}» succeeded after ${usage.durationMs} ms.`,
  'step.failed': ({ stepId, rejection }) => `«${stepId}» failed (${reasonOf(rejection)}).`,
  'step.killed': ({ stepId }) => `«${stepId}» is stopped by hand; it is not tried again.`,
  'step.unknown': ({ stepId, reason }) =>
    `Whether «${stepId}» took effect is not known, a person has to look: ${reason}.`,

  'step.acknowledged': ({ stepId, finding, acknowledgedBy }) =>
    `${acknowledgedBy} looked and found that «${stepId}» ${FINDINGS[finding]}.`,

  'approval.requested': ({ requestedBy, digest }) =>
    `A person is asked to approve what ${requestedBy} wants, digest ${brief(digest)}.`,
  'approval.granted': ({ grantedBy, digest }) => `${grantedBy} agrees to ${brief(digest)} and to nothing else.`,
  'approval.denied': ({ deniedBy, reason }) => `${deniedBy} says no: ${reason}.`,
  'approval.returned': ({ returnedBy, feedback }) => `${returnedBy} returns it: ${feedback}.`,
  'approval.expired': () => 'Nobody decided in time: the approval has expired.',
  'approval.consumed': ({ digest }) =>
    `The approval of ${brief(digest)} is used up, in the append that starts the step.`,
  'approval.withdrawn': ({ reason }) => `The approval is no longer asked for: ${reason}.`,

  'schedule.created': ({ agentId, definition, createdBy }) =>
    `${createdBy} made a schedule of runs for ${agentId}: ${dueOf(definition.spec)}.`,
  'schedule.changed': ({ definition, changedBy }) =>
    `${changedBy} changed the schedule: from here on ${dueOf(definition.spec)}.`,
  'schedule.paused': ({ pausedBy, reason }) => `${pausedBy} paused the schedule: ${reason}.`,
  'schedule.resumed': ({ resumedBy, nextAt }) =>
    `${resumedBy} let the schedule go on; it is due next at ${nextAt ?? 'no time'}.`,
  'schedule.cancelled': ({ cancelledBy, reason }) => `${cancelledBy} ended the schedule: ${reason}.`,
  'schedule.excluded': ({ occurrence, excludedBy }) =>
    `${excludedBy} took the occurrence of ${occurrence} out of the schedule.`,
  'schedule.queued': ({ occurrence }) => `The occurrence of ${occurrence} waits until a run before it is over.`,
  'schedule.fired': ({ occurrence, runId }) => `The occurrence of ${occurrence} starts ${runId}.`,
  'schedule.skipped': ({ occurrence, count, why, code }) =>
    `${counted(count, 'occurrence')} from ${occurrence} on ${count === 1 ? 'starts' : 'start'} nothing (${code ?? why}).`,
  'schedule.settled': ({ occurrence, outcome }) => `The run of the occurrence of ${occurrence} is ${outcome}.`,

  'capability.announced': ({ descriptor: { owner, id, version, title } }) =>
    `${owner} offers ${id} ${version}: ${title}.`,
  'capability.changed': ({ descriptor: { owner, id }, digest }) =>
    `${owner} changed ${id}; what is enforced now has the digest ${brief(digest)}.`,
  'capability.removed': ({ id, owner }) => `${owner} offers ${id} no more.`,

  'kill.pulled': ({ pulledBy, scope, runId, stepId, sessionId, agentId, reason }) =>
    `${pulledBy} pulls the kill switch for ${[scope, stepId ?? runId ?? sessionId ?? agentId].filter(Boolean).join(' ')}: ${reason}.`,
  'kill.completed': ({ runs, sessions }) =>
    `The kill switch stopped what it names: ${counted(runs, 'run')}, ${counted(sessions, 'session')}.`,
  'kill.lifted': ({ liftedBy, reason }) => `${liftedBy} lifts the kill: ${reason}.`,
  'grant.issued': ({ terms, issuedBy }) =>
    `${issuedBy} allows ${terms.agentId} ${counted(terms.uses, 'step')} more of ${terms.capability} until ${terms.until}, with equal ${terms.match.join(', ')}.`,
  'grant.used': ({ stepId, use }) =>
    `«${stepId}» takes use ${use} of the standing grant, in the append that starts it.`,
  'grant.revoked': ({ revokedBy, reason }) => `${revokedBy} revokes the standing grant: ${reason}.`,
  'grant.expired': () => 'The time of the standing grant is over.',

  'egress.completed': ({ method, host, port, path, status }) =>
    `egress-proxy sent ${method} ${host}:${port}${path} and got ${status}.`,
  'egress.tunnelled': ({ host, port, endedBy, bytesIn, bytesOut, intercepted }) =>
    intercepted
      ? `egress-proxy looked into a tunnel to ${host}:${port}: ${intercepted.requests} requests came through it, ended by ${endedBy}.`
      : `egress-proxy held a tunnel to ${host}:${port}: ${bytesOut} bytes out, ${bytesIn} bytes in, ended by ${endedBy}.`,
  'egress.refused': ({ listener, counts }) =>
    `The forward proxy ${listener} refused attempts that are no run's: ${Object.entries(counts)
      .map(([code, count]) => `${count} with ${code}`)
      .join(', ')}.`,
  'egress.denied': ({ method, host, path, code, rule }) =>
    `egress-proxy refused ${method} ${host}${path} (${code}, rule ${rule}); no byte left.`,
  'egress.failed': ({ method, host, path, code, sent }) =>
    `${method} ${host}${path} failed (${code}); ${sent ? 'it may have been received' : 'no byte left'}.`,

  'resource.ingested': ({ provenance, sizeBytes, label, resourceId }) =>
    `resource-store keeps ${provenance.ref} (${sizeBytes} bytes) as ${resourceId}, labelled ${label}.`,

  'data.erased': ({ erased, reason, requestedBy }) =>
    `${requestedBy} erased the data of ${counted(erased, 'event')}: ${reason}. Every proof still holds.`,
  'range.archived': ({ from, to, reason, requestedBy }) =>
    `${requestedBy} archived finished runs of the positions ${from} to before ${to}: ${reason}. Every proof still holds.`,
  'range.restored': ({ archive, reason, requestedBy }) =>
    `${requestedBy} has the archive of position ${archive} put back: ${reason}.`,
  'key.added': ({ addedBy }) => `${addedBy} gave the log another key to sign with.`,
  'key.retired': ({ retiredBy }) => `${retiredBy} retired a key of the log: it signs no more.`,
};

const FINDINGS = { happened: 'took effect', 'did-not-happen': 'did not take effect' } as const;
const VERDICTS = { allow: 'yes', ask: 'ask a person', deny: 'no' } as const;

/** The sentence for an event. An event of a type that this version does not know, or whose data was erased, is only named. */
export function sentenceFor(type: string, data: unknown): string {
  const sentence = Object.hasOwn(SENTENCES, type)
    ? (SENTENCES[type as EventType] as (data: unknown) => string)
    : undefined;
  if (!sentence) return `${type} happened.`;
  return data === undefined ? `${type} happened; its data was erased.` : sentence(data);
}

function dueOf(spec: ScheduleSpec): string {
  switch (spec.kind) {
    case 'cron':
      return `due by the pattern ${spec.expression} in ${spec.timeZone}`;
    case 'every':
      return `due every ${spec.everyMs} ms from ${spec.anchorAt}`;
    case 'at':
      return `due once, at ${spec.at}`;
  }
}

function callOf(capability: string, input: JsonObject): string {
  const { method, url, resourceId } = input as Partial<FetchInput> & { readonly resourceId?: string };
  return [capability, method, url ?? resourceId].filter((part) => part !== undefined).join(' ');
}

type Warned = {
  readonly meter: string;
  readonly warning: BudgetWarning;
  readonly limit: number;
  readonly used: number;
};

function warningOf({ meter, warning, limit, used }: Warned): string {
  switch (warning) {
    case 'half':
    case 'most':
      return `${used} of ${limit} ${meter} are used: more than ${warning === 'half' ? 'half' : 'four fifths'}.`;
    case 'limit':
      return `The limit of ${limit} ${meter} is passed; policy only warns here.`;
    case 'overshoot':
      return `A step used ${used} ${meter}, and ${limit} were set aside for it.`;
  }
}

const listOf = (amounts: Amounts): string =>
  Object.entries(amounts)
    .map(([meter, amount]) => `${amount} ${meter}`)
    .join(', ') || 'nothing';

const reasonOf = ({ code, rule }: Rejection): string => (rule === undefined ? code : `${code}, rule ${rule}`);
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const brief = (digest: string): string => `${digest.slice(0, 12)}…`;
