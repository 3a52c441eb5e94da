import type { JsonObject } from '@causeway/contracts';
import type { CallableCapability } from '../capabilities/known-capability.ts';
import type { StartedRun, Step } from '../runs/domain/run.ts';

/** A step, and what it is executed with. */
export type Running = {
  readonly run: StartedRun;
  readonly step: Step;
  readonly capability: CallableCapability & { readonly digest: string };
  readonly input: JsonObject;
};
