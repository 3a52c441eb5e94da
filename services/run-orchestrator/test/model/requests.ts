import type { AnnouncementName } from './capabilities.ts';
import { STEPS, TUNNEL, type SignalName, type StepName } from './scene.ts';
import type { TimetableName } from './timetable.ts';

/** What an approver gives back that was not shown. */
export type Wrong = 'nothing' | 'digest' | 'statement';
export type KillScope = 'step' | 'run' | 'session' | 'agent' | 'everything';
/** What a person found out about a step. */
export type Finding = 'happened' | 'did-not-happen';
/** What ends the pause after a checkpoint: a person, a signal, or the clock so many ms later. */
export type ResumeOn = 'manual' | SignalName | number;
type OfRun = { readonly run: number };
type OfSchedule = { readonly schedule: number };

/** Asked about a run: told by its index, {@link NEWEST_OF_SCHEDULE} for the newest that a schedule started. Steps are told by their name, which is their id. */
export type RunRequest =
  | ({ readonly kind: 'start'; readonly limit: number; readonly later: boolean } & OfRun)
  | ({ readonly kind: 'step'; readonly step: StepName; readonly other: boolean } & OfRun)
  | ({ readonly kind: 'forward'; readonly step: StepName; readonly other: boolean; readonly wrong: boolean } & OfRun)
  | ({ readonly kind: 'pause' | 'resume'; readonly id: number } & OfRun)
  | ({
      readonly kind: 'wait';
      readonly id: number;
      readonly name: SignalName;
      readonly cause: 'operator' | 'external-event';
    } & OfRun)
  | ({ readonly kind: 'signal'; readonly id: number; readonly name: SignalName } & OfRun)
  | ({ readonly kind: 'checkpoint'; readonly id: number; readonly body: number; readonly resume: ResumeOn } & OfRun)
  | ({ readonly kind: 'claim-subgoal'; readonly subgoal: string } & OfRun)
  | ({
      readonly kind: 'add-subgoal';
      readonly subgoal: string;
      readonly other: boolean;
      readonly byAgent: boolean;
    } & OfRun)
  | ({
      readonly kind: 'extend';
      readonly meter: 'steps' | 'wallClockMs';
      readonly id: number;
      readonly byAgent: boolean;
    } & OfRun)
  | ({ readonly kind: 'note'; readonly key: string; readonly value: string } & OfRun)
  | ({ readonly kind: 'acknowledge'; readonly nth: number; readonly finding: Finding } & OfRun)
  | ({ readonly kind: 'claim' | 'complete' | 'cancel' | 'hear' } & OfRun);
/** Asked about an approval: which of those that were asked for so far, the newest first. */
export type ApprovalRequest =
  | {
      readonly kind: 'grant';
      readonly pick: number;
      readonly by: string;
      readonly wrong: Wrong;
      /** In other words than before. */
      readonly again?: boolean | undefined;
    }
  | {
      readonly kind: 'grant-more';
      readonly pick: number;
      readonly by: string;
      readonly wrong: Wrong;
      readonly uses: number;
      readonly forMs: number;
    }
  | { readonly kind: 'deny' | 'return'; readonly pick: number; readonly by: string };
export type ScheduleRequest =
  | ({
      readonly kind: 'create-schedule';
      readonly session: number;
      readonly timetable: TimetableName;
      readonly overlap: 'skip' | 'queue' | 'allow';
      readonly misfire: 'skip' | 'once' | 'all';
      readonly onFailure: 'continue' | 'pause' | 'backoff';
      readonly most?: number | undefined;
    } & OfSchedule)
  | ({
      readonly kind: 'change-schedule';
      readonly timetable: TimetableName;
      readonly overlap: 'skip' | 'queue' | 'allow';
    } & OfSchedule)
  | ({ readonly kind: 'cancel-occurrence'; readonly which: number | 'next' } & OfSchedule)
  | ({ readonly kind: 'pause-schedule' | 'resume-schedule' | 'cancel-schedule' } & OfSchedule);
export type OtherRequest =
  | { readonly kind: 'open'; readonly other: boolean }
  | { readonly kind: 'revoke'; readonly session: number }
  | { readonly kind: 'revoke-grant' | 'extend-pool'; readonly nth: number; readonly id: number }
  | {
      readonly kind: 'kill';
      readonly scope: KillScope;
      readonly id: number;
      readonly run: number;
      readonly nth: number;
    }
  | { readonly kind: 'lift'; readonly nth: number }
  | { readonly kind: 'announce'; readonly what: AnnouncementName };

/** What somebody asks of the service. */
export type Request = RunRequest | ApprovalRequest | ScheduleRequest | OtherRequest;
export type RequestOf<Kind extends Request['kind']> = Extract<Request, { kind: Kind }>;

export const NEWEST_OF_SCHEDULE = 10;
const RUN_KINDS: readonly Request['kind'][] = [
  ...(['start', 'step', 'forward', 'pause', 'resume', 'wait', 'signal', 'checkpoint', 'claim-subgoal'] as const),
  ...(['add-subgoal', 'extend', 'claim', 'complete', 'cancel', 'hear', 'note', 'acknowledge'] as const),
];
export const isOfRun = (request: Request): request is RunRequest => RUN_KINDS.includes(request.kind);
export const isOfApproval = (request: Request): request is ApprovalRequest => 'pick' in request;
export const isOfSchedule = (request: Request): request is ScheduleRequest => 'schedule' in request;

/** Every kind, as coverage counts them: a kill by what it stops, a step that is forwarded by whether it is a tunnel. */
export const REQUEST_NAMES = [
  ...RUN_KINDS,
  ...([
    'grant',
    'grant-more',
    'deny',
    'return',
    'revoke-grant',
    'extend-pool',
    'open',
    'revoke',
    'lift',
    'announce',
  ] as const),
  ...(['kill step', 'kill run', 'kill session', 'kill agent', 'kill everything'] as const),
  ...(['create-schedule', 'change-schedule', 'pause-schedule', 'resume-schedule', 'cancel-schedule'] as const),
  ...(['cancel-occurrence', 'tunnel'] as const),
] as const;
export function nameOf(request: Request): string {
  if (request.kind === 'kill') return `kill ${request.scope}`;
  const isTunnel = request.kind === 'forward' && STEPS[request.step].capability === TUNNEL;
  return isTunnel ? 'tunnel' : request.kind;
}
