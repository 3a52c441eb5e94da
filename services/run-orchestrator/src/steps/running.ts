import type { CapabilityContract, JsonObject } from '@causeway/contracts';
import type { StartedRun, Step } from '../runs/domain/run.ts';

/** A step, and what it is executed with. */
export type Running = {
  readonly run: StartedRun;
  readonly step: Step;
  readonly capability: CapabilityContract;
  readonly input: JsonObject;
};
