import type { PatientClient } from '../patient-client.ts';

/** A step as the agent asks for it. The id is its own: the same id again is the same step, whoever died in between. */
export type Step = {
  readonly stepId: string;
  readonly capability: string;
  readonly input: { readonly [field: string]: unknown };
};

export type Refusal = {
  readonly code: string;
  readonly detail: string;
  readonly rule?: string;
  readonly allowed?: readonly string[];
};
export type Outcome = {
  readonly state: 'started' | 'held' | 'succeeded' | 'failed' | 'denied' | 'unknown' | 'cancelled';
  readonly result?: { readonly value?: unknown };
  readonly rejection?: Refusal;
  readonly approvalId?: string;
};

const WAIT_MS = 15_000;

/** Takes a step and waits for its end, however long a person takes to approve it. `onHeld` is told once when it is held. */
export async function takeStep(
  ask: PatientClient,
  runId: string,
  step: Step,
  onHeld: (approvalId: string) => void = () => {},
): Promise<Outcome> {
  let outcome = outcomeIn(await ask('POST', `/v1/runs/${runId}/steps`, step));
  if (outcome.state === 'held') onHeld(outcome.approvalId ?? 'unknown');
  while (outcome.state === 'held' || outcome.state === 'started') {
    outcome = outcomeIn(await ask('GET', `/v1/runs/${runId}/steps/${step.stepId}?waitMs=${WAIT_MS}`));
  }
  return outcome;
}

/** What the gateway answered about a step; a problem document is a refusal. */
export function outcomeIn({ status, body }: Awaited<ReturnType<PatientClient>>): Outcome {
  if (typeof body !== 'object' || body === null) throw new Error(`the gateway answered ${status} without a document`);
  if (status < 400) return body as Outcome;
  const { code, detail, title } = body as Refusal & { readonly title?: string };
  if (code === undefined) throw new Error(`the gateway answered ${status}: ${title ?? JSON.stringify(body)}`);
  return { state: 'denied', rejection: { ...(body as Refusal), detail: detail ?? title ?? '' } };
}
