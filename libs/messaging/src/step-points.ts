import { channel } from 'node:diagnostics_channel';

/** Places that every step passes on its way, in this order. */
export const STEP_POINTS = [
  'before-intent',
  'after-intent',
  'before-effect',
  'after-effect',
  'before-fact',
  'before-settle',
  'before-reply',
] as const;
export type StepPoint = (typeof STEP_POINTS)[number];

/** Name of the diagnostics channel on which {@link passing} tells: each message is `{ point, runId, stepId }`. */
export const STEP_CHANNEL = 'causeway.step';

const steps = channel(STEP_CHANNEL);

/** Tells whoever listens in this process that a step passes a point; costs nothing when nobody does. Listeners are called before it returns. */
export function passing(
  point: StepPoint,
  { runId, stepId }: { readonly runId: string; readonly stepId: string },
): void {
  if (steps.hasSubscribers) steps.publish({ point, runId, stepId });
}
