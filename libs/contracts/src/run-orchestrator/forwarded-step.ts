import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';
import { RunId, Sha256Hex, StepId } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { executeStep } from './commands.ts';
import { StepOutcome } from './run-view.ts';

/**
 * A step of a process that has nothing but a run's credential and the forward proxy. The credential is the run's id with its session's token, of which
 * the SHA-256 is sent; the step is then the agent's own, decided and charged like any other. Only what a proxy does can be asked for.
 */
export const executeForwardedStep = defineCommand({
  owner: 'run-orchestrator',
  name: 'execute-forwarded-step',
  data: z.strictObject({
    runId: RunId,
    tokenSha256: Sha256Hex,
    stepId: StepId,
    capability: z.enum(['network.forward', 'network.tunnel']),
    input: JsonObject,
  }),
  reply: StepOutcome,
  rejections: ['CREDENTIAL_INVALID', ...executeStep.rejections],
});

/** Whether this is the credential of a run whose session is open: what a process may be told that has it, and asks for no step. */
export const checkCredential = defineQuery({
  owner: 'run-orchestrator',
  name: 'check-credential',
  data: z.strictObject({ runId: RunId, tokenSha256: Sha256Hex }),
  reply: z.strictObject({ runId: RunId }),
  rejections: ['CREDENTIAL_INVALID', 'LEDGER_UNAVAILABLE'],
});
