import type { JsonObject } from '@causeway/contracts';
import type { Mover } from './transitions.ts';

type Asked = { readonly by: string; readonly at: string };

/** What can be asked about the life of a run besides its start and its end. `at` is now, `by` the caller; ids are made outside. */
export type LifecycleCommand =
  | ({
      readonly type: 'pause';
      /** The session whose agent asks; an agent may pause the runs of its own session only. */
      readonly sessionId?: string | undefined;
      readonly pauseId: string;
      readonly cause: 'operator' | 'external-event';
      readonly waitsFor?: string | undefined;
      readonly deadlineAt: string;
      readonly reason?: string | undefined;
      readonly mover: Mover;
    } & Asked)
  | ({
      readonly type: 'resume';
      readonly resumeId: string;
      readonly reason?: string | undefined;
      readonly mover: Mover;
    } & Asked)
  | ({
      readonly type: 'signal';
      readonly signalId: string;
      readonly name: string;
      readonly data: JsonObject;
      readonly mover: Mover;
    } & Asked)
  | ({ readonly type: 'hear'; readonly sessionId: string } & Asked)
  | ({
      readonly type: 'checkpoint';
      readonly sessionId: string;
      readonly checkpointId: string;
      readonly resourceId: string;
      readonly sha256: string;
      readonly sizeBytes: number;
      readonly note: string;
      readonly waitsFor?: string | undefined;
      readonly resumeAt?: string | undefined;
      readonly deadlineAt: string;
    } & Asked)
  | ({ readonly type: 'kill-step'; readonly stepId: string; readonly killId: string; readonly mover: Mover } & Asked);
