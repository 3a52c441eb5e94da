import { createHash } from 'node:crypto';
import type { ReplyEnvelope } from '@causeway/contracts';
import type { Known } from './known.ts';
import type { Request, RunRequest } from './requests.ts';
import { anId } from './scene.ts';

/** What a request is about, found out when it was sent. */
export type About = {
  readonly runId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly stepId: string;
  readonly killId: string;
  readonly approvalId?: string | undefined;
  readonly grantId: string;
  readonly poolId: string;
  readonly scheduleId: string;
  readonly occurrence?: string | undefined;
  readonly resumeAt?: string | undefined;
  readonly until?: string | undefined;
};
/** A request, and what came of it. `from` and `to`: events in the log when it was sent and answered; times likewise. */
export type Exchange = {
  readonly request: Request;
  readonly about: About;
  readonly from: number;
  readonly sentAt: string;
  /** Kills, and ends of kills, that the replica had heard of. */
  readonly heard: ReadonlySet<string>;
  to?: number;
  answeredAt?: string;
  reply?: ReplyEnvelope<unknown>;
  error?: unknown;
};
/** A moment at which a request may have been looked at: what was known, and what time it was. */
export type Moment = { readonly known: Known; readonly at: string };

export const OK = 'accepted';
/** Faults of the network that a caller may hear of; then it does not know what came of its request. */
export const NOT_KNOWN = ['LEDGER_UNAVAILABLE', 'SERVICE_UNAVAILABLE', 'VERSION_CONFLICT'];

const PAUSE_IDS = { pause: 0, resume: 3, wait: 6 } as const;
export const pauseIdOf = (kind: keyof typeof PAUSE_IDS, id: number): string => anId('pause', PAUSE_IDS[kind] + id);
export const signalIdOf = (id: number): string => anId('signal', id);
export const checkpointIdOf = (id: number): string => anId('checkpoint', id);
export const extensionIdOf = (id: number): string => anId('extension', id);
export const killIdOf = (id: number): string => anId('kill', id);
export const bodyOf = (body: number) => ({ done: body });
export const bodySha256 = (body: number): string =>
  createHash('sha256')
    .update(JSON.stringify(bodyOf(body)))
    .digest('hex');

/** The id under which a request of this kind is done once, and what else tells it apart. */
export function doneBy(request: RunRequest): readonly [id: string, what: string] | undefined {
  switch (request.kind) {
    case 'pause':
    case 'resume':
    case 'wait':
      return [pauseIdOf(request.kind, request.id), request.kind === 'resume' ? 'resume' : 'pause'];
    case 'signal':
      return [signalIdOf(request.id), request.name];
    case 'checkpoint':
      return [checkpointIdOf(request.id), bodySha256(request.body)];
    default:
      return undefined;
  }
}
