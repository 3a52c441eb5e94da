import { randomUUID } from 'node:crypto';
import { factStreamOf, type JsonObject, type StepGrant } from '@causeway/contracts';
import type { memoryLedger } from '@causeway/eventing';
import { PAGE } from '../provider.features.ts';
import type { Fault, Network } from './network.ts';

type Ledger = ReturnType<typeof memoryLedger>;
export type Received = { readonly grant: StepGrant; readonly input: JsonObject };
export type Provider = ReturnType<typeof createProvider>;

/** Keeps to the contract of a provider: one effect per call id, a fact about it, nothing past the deadline. Writes down what it was asked. */
export function createProvider(ledger: Ledger, network: Network) {
  const calls: { callId: string; step: string; isIntended: boolean; attempt: number }[] = [];
  /** A line for each time that the world was changed, naming the step. */
  const effects: string[] = [];
  const isIntended = (callId: string): boolean =>
    ledger.events.some(({ type, data }) => type === 'step.started' && (data as { callId: string }).callId === callId);

  /** Undefined: it died before it could answer. */
  async function receive({ grant, input }: Received, fault: Fault): Promise<unknown> {
    const { callId, runId, stepId, attempt } = grant;
    const step = `${runId}/${stepId}`;
    calls.push({ callId, step, isIntended: isIntended(callId), attempt });
    const [fact] = await ledger.readStream(factStreamOf(callId), 1);
    if (fact) return answer(input, fact.position);
    if (network.nowMs() >= Date.parse(grant.deadlineAt)) {
      return {
        ok: false,
        rejection: { code: 'GRANT_EXPIRED', detail: `the grant was good until ${grant.deadlineAt}` },
      };
    }
    if (input['method'] === 'POST' || 'host' in input) effects.push(step);
    if (fault === 'unrecorded') return undefined;
    const event = { id: randomUUID(), type: 'egress.completed', data: { callId } };
    const written = await ledger.append({
      appendId: event.id,
      writes: [{ stream: factStreamOf(callId), expected: 'none', events: [event] }],
    });
    return answer(input, written.appended ? written.firstPosition : 0);
  }

  return { calls, effects, receive };
}

const answer = (input: JsonObject, factPosition: number): unknown => ({
  ok: true,
  value: { result: resultOf(input), bytesIn: 20, bytesOut: 10, factPosition },
});

function resultOf(input: JsonObject): JsonObject {
  if ('words' in input) return { said: 'hello' };
  if ('host' in input) return { endedBy: 'client' };
  const status = String(input['url']).includes('/500') ? 500 : 200;
  const { sizeBytes, sha256 } = PAGE;
  return 'listener' in input ? { status, sizeBytes, sha256 } : { ...PAGE, status };
}
