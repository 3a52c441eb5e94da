import type {
  Amounts,
  ApprovalContent,
  BudgetLimits,
  ChargedMeter,
  JsonObject,
  Meter,
  OnLimit,
  PolicyRef,
  Predicate,
  Rejection,
  Scalar,
  StepFinding,
  StepResult,
  Subgoal,
  Usage,
} from '@causeway/contracts';
import type { LifecycleCommand } from './lifecycle.commands.ts';
import type { AllotmentAnswer } from './reservation.ts';
import type { Mover } from './transitions.ts';

/** What policy said about a step: worked out before the decider is asked, since it depends on nothing of the run. */
export type PolicyVerdict = {
  readonly rule: string;
  readonly reason: string;
  readonly policy: PolicyRef;
  readonly allowed: readonly string[];
} & (
  | { readonly verdict: 'allow' | 'deny' }
  | { readonly verdict: 'ask'; readonly approval: PreparedApproval }
  | { readonly verdict: 'ask'; readonly grant: GrantUse }
);

/** One use of a standing grant that stands at this version. */
export type GrantUse = {
  readonly grantId: string;
  readonly version: number;
  readonly use: number;
  /** When the grant ends, ISO 8601. */
  readonly until: string;
};

/** One try of a step: who will make the call, and until when. */
export type Attempt = {
  readonly callId: string;
  readonly executor: string;
  readonly owner: string;
  readonly deadlineAt: string;
};

export type PreparedApproval = { readonly content: ApprovalContent; readonly digest: string };

export type StepFate =
  | {
      readonly state: 'succeeded';
      readonly result: StepResult;
      /** Leaves of the run's predicate, and of its subgoal's, that found in the result what they look for. */
      readonly matches?: readonly number[];
      readonly subgoalMatches?: readonly number[];
      readonly usage: Usage;
      readonly factPosition?: number;
    }
  | {
      readonly state: 'failed';
      readonly rejection: Rejection;
      readonly result?: StepResult;
      readonly usage: Usage;
      readonly factPosition?: number;
    }
  | { readonly state: 'unknown'; readonly reason: string };

/** Who asks, and when (ISO 8601). */
type Asked = { readonly by: string; readonly at: string };

/** The most that a step can use, besides itself, and what was found out since the decider asked for it. */
type Charged = {
  readonly reserves?: Omit<Amounts, 'steps'>;
  readonly allotment?: AllotmentAnswer;
};

export type StepCommand =
  | ({
      readonly type: 'request-step';
      readonly sessionId: string;
      readonly stepId: string;
      readonly capability: string;
      readonly input: JsonObject;
      readonly inputDigest: string;
      readonly capabilityDigest?: string;
      readonly verdict: PolicyVerdict;
      readonly attempt: Attempt;
      /** What a person will be asked for, once the decider said how much. */
      readonly extension?: PreparedApproval;
    } & Charged &
      Asked)
  | {
      readonly type: 'record-fate';
      readonly stepId: string;
      readonly attempt: number;
      readonly fate: StepFate;
      readonly at: string;
    }
  | {
      readonly type: 'try-again';
      readonly stepId: string;
      readonly after: number;
      readonly attempt: Attempt;
      readonly at: string;
    }
  | ({
      readonly type: 'start-held';
      readonly stepId: string;
      readonly approvalId: string;
      readonly approvalVersion: number;
      /** Digest over what will be executed now, worked out anew. */
      readonly digest: string;
      readonly attempt: Attempt;
      /** What the approval adds to a limit. */
      readonly extension?: ApprovalContent['extension'];
    } & Charged &
      Asked)
  | ({
      readonly type: 'refuse-held';
      readonly stepId: string;
      readonly rejection: Rejection;
      readonly mover: Mover;
    } & Asked)
  | ({
      readonly type: 'acknowledge';
      readonly stepId: string;
      readonly finding: StepFinding;
      readonly note: string;
    } & Asked);

/** What concerns a run's budget alone. */
export type BudgetCommand =
  | ({
      readonly type: 'extend-budget';
      readonly extensionId: string;
      readonly meter: Meter;
      readonly delta: number;
      readonly reason: string;
      readonly mover: Mover;
    } & Asked)
  | ({
      readonly type: 'start-extended';
      readonly approvalId: string;
      readonly approvalVersion: number;
      readonly digest: string;
      readonly stepId: string;
      readonly extension: NonNullable<ApprovalContent['extension']>;
    } & Asked)
  | { readonly type: 'end-unextended'; readonly approvalId: string; readonly reason: string; readonly at: string }
  /** A pool asks for what the run does not need now; what it drew a moment ago it keeps. */
  | { readonly type: 'return-allotment'; readonly pool?: string; readonly at: string };

/** What a run can be asked. `at` is now, `by` the caller; ids are made outside. */
export type RunCommand =
  | ({
      readonly type: 'start';
      readonly runId: string;
      readonly sessionId: string;
      readonly agentId: string;
      readonly goal: string;
      readonly budget: BudgetLimits;
      readonly onLimit?: { readonly [M in Meter]?: OnLimit };
      readonly pooled?: ChargedMeter[];
      /** What the caller asked for itself: a repeated start is known by this, whatever the defaults are by then. */
      readonly askedBudget: Partial<BudgetLimits>;
      readonly predicate: Predicate;
      readonly subgoals?: readonly Subgoal[] | undefined;
      readonly policy: PolicyRef;
      /** When it begins; at once when that is past. */
      readonly startsAt?: string | undefined;
      readonly schedule?: { readonly scheduleId: string; readonly occurrence: string };
      readonly segmentSteps?: number | undefined;
      readonly agentLeaseMs?: number;
      readonly maxLifeMs?: number;
      readonly occupiesSession?: true;
      readonly mover: Mover;
    } & Asked)
  | StepCommand
  | ({ readonly type: 'move-policy'; readonly policy: PolicyRef; readonly reason: string } & Asked)
  | LifecycleCommand
  | BudgetCommand
  | ({
      readonly type: 'claim';
      readonly sessionId: string;
      /** The current subgoal; left out, the run itself. */
      readonly subgoalId?: string | undefined;
      readonly note: string;
      readonly pauseDeadlineAt: string;
    } & Asked)
  | ({ readonly type: 'add-subgoals'; readonly subgoals: readonly Subgoal[]; readonly mover: Mover } & Asked)
  | ({
      readonly type: 'note';
      readonly sessionId: string;
      readonly key: string;
      readonly value: Scalar;
      /** SHA-256 over the value as canonical JSON. */
      readonly digest: string;
    } & Asked)
  | ({ readonly type: 'complete'; readonly reason: string; readonly mover: Mover } & Asked)
  | ({
      readonly type: 'cancel';
      /** The session whose agent asks; an agent may cancel the runs of its own session only. */
      readonly sessionId?: string | undefined;
      readonly reason: string;
      readonly mover: Mover;
    } & Asked)
  | { readonly type: 'tick'; readonly extension?: PreparedApproval; readonly at: string };
