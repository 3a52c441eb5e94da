import { subjectOf, type StepGrant } from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';

/** Where the pieces of a stream go while it comes. Pieces that are lost on the way are in the step's result all the same. */
export type ModelChunks = {
  readonly publish: (grant: Pick<StepGrant, 'runId' | 'stepId'>, at: number, text: string) => void;
};

/** To whoever waits for this step, on a subject of the step's own. */
export const chunksOnBus = (bus: Pick<Bus, 'connection'>): ModelChunks => ({
  publish: ({ runId, stepId }, at, text) => {
    const subject = subjectOf({ kind: 'stream', owner: 'egress-proxy', runId, stepId });
    bus.connection.publish(subject, JSON.stringify({ at, text }));
  },
});
