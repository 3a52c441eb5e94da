import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  claimCompletion,
  executeStep,
  formatId,
  getApproval,
  getRun,
  getStep,
  httpFetch,
  openSession,
  readStream,
  startRun,
  type ApprovalView,
  type DataOf,
  type FetchInput,
  type IdKind,
  type MessageContract,
  type RecordedEvent,
  type ReplyEnvelope,
  type ReplyOf,
  type RunView,
  type StepOutcome,
} from '@causeway/contracts';
import { ledgerClient } from '@causeway/messaging';
import { startServiceProcess, testInfrastructure, type ServiceProcess } from '@causeway/testing';
import { capabilityStreamOf } from '../src/edge.ts';
import { DIGEST, type RunEvent } from './run.features.ts';
import { stubProvider, stubResourceStore } from './stub-provider.features.ts';
import { PACK, USUAL, type Terms } from './test-pack.features.ts';

export { largeAnswer, type FetchAnswer, type Fetching } from './stub-provider.features.ts';
type Actor = { readonly kind: 'agent' | 'operator' | 'clock' | 'system'; readonly id: string };

export const AGENT: Actor = { kind: 'agent', id: 'researcher' };
export const OPERATOR: Actor = { kind: 'operator', id: 'olga' };
export const APPROVER: Actor = { kind: 'operator', id: 'ann' };
export const BASE = 'http://site.internal';
export const GET: FetchInput = { method: 'GET', url: `${BASE}/page`, headers: {} };
export const POST: FetchInput = { method: 'POST', url: `${BASE}/post`, headers: {}, body: 'x' };
export const PUBLISH: FetchInput = { method: 'POST', url: `${BASE}/publish`, headers: {}, body: 'x' };

/** Reads, and a person has to agree. */
export const LOOK: FetchInput = { method: 'GET', url: `${BASE}/look`, headers: {} };

export const newId = (kind: IdKind): string => formatId(kind, randomBytes(16));

/**
 * `replicas`: how many processes of run-orchestrator there are, each with a name of its own; `resendMs`: after how long a request without answer is
 * sent again, to any of them.
 */
type Setup = Partial<Terms> & { readonly replicas?: number; readonly resendMs?: number };
export type System = Awaited<ReturnType<typeof startSystem>>;

/** run-orchestrator and audit-ledger as processes of their own, with a provider that does what it is told under egress-proxy's own user. */
export async function startSystem({ replicas = 1, resendMs = 2_000, ...terms }: Setup = {}) {
  const infra = await testInfrastructure();
  const database = await infra.database();
  const folder = mkdtempSync(join(tmpdir(), 'causeway-orchestrator-'));
  const writePack = (id: string): void => {
    for (const [name, text] of Object.entries(PACK(id, { ...USUAL, ...terms }))) {
      writeFileSync(join(folder, name), text);
    }
  };
  writePack('first');
  const startLedger = () => startServiceProcess('audit-ledger', infra.environment('audit-ledger', database));
  const environment = { ...infra.environment('run-orchestrator', database), CAUSEWAY_POLICY_DIR: folder };
  const startOrchestrator = (more: Readonly<Record<string, string>> = {}) =>
    startServiceProcess('run-orchestrator', { ...environment, ...more });

  const gateway = await infra.connect('gateway');
  const buses = {
    gateway,
    egressProxy: await infra.connect('egress-proxy'),
    resourceStore: await infra.connect('resource-store'),
  };
  const provider = await stubProvider(buses.egressProxy);
  const kept = await stubResourceStore(buses.resourceStore);
  const running: { ledger: ServiceProcess; orchestrator: ServiceProcess; readonly replicas: ServiceProcess[] } = {
    ledger: await startLedger(),
    orchestrator: await startOrchestrator(),
    replicas: [],
  };
  for (let replica = 2; replica <= replicas; replica++) {
    running.replicas.push(await startOrchestrator({ CAUSEWAY_INSTANCE: `orchestrator-${replica}` }));
  }
  await provider.announced;

  const ask = <C extends MessageContract>(
    contract: C,
    data: C['data']['_zod']['input'],
    actor: Actor,
  ): Promise<ReplyEnvelope<ReplyOf<C>>> =>
    gateway.request(contract, data, { id: newId('call'), actor }, { timeoutMs: 60_000, attemptMs: resendMs });

  return {
    ...{ provider, kept, ask, database, writePack, buses, streamOfCapability: capabilityStreamOf, ...talk(ask) },
    eventsOf: async (stream: string): Promise<readonly RecordedEvent[]> => {
      const events: RecordedEvent[] = [];
      let from: number | undefined = 1;
      while (from !== undefined) {
        const page: ReplyOf<typeof readStream> = valueOf(
          await ask(readStream, { stream, fromVersion: from }, OPERATOR),
        );
        events.push(...page.events);
        from = page.next;
      }
      return events;
    },
    /** Writes events as run-orchestrator's own, as if a process of it had died right after, or had gone mad. */
    append: async (
      stream: string,
      story: RunEvent | readonly RunEvent[],
      expected: 'any' | 'exists' | 'none' = 'any',
    ): Promise<void> => {
      const ledger = ledgerClient({ bus: await infra.connect('run-orchestrator'), writer: 'run-orchestrator' });
      const events = [story].flat().map((event) => ({ id: crypto.randomUUID(), ...event }));
      await ledger.append({ appendId: crypto.randomUUID(), writes: [{ stream, expected, events }] });
    },
    killOrchestrator: (signal: NodeJS.Signals) => running.orchestrator.kill(signal),
    startOrchestrator: async (more?: Readonly<Record<string, string>>) => {
      running.orchestrator = await startOrchestrator(more);
    },
    /** One more process of the service, for the test to end. */
    replica: (name: string) => startOrchestrator({ CAUSEWAY_INSTANCE: name }),
    /** One more process of run-orchestrator beside the first, until everything stops; resolves to what stops it before. */
    startReplica: async (instance: string): Promise<() => Promise<void>> => {
      const replica = await startOrchestrator({ CAUSEWAY_INSTANCE: instance });
      running.replicas.push(replica);
      return async () => void (await replica.kill());
    },
    killLedger: (signal: NodeJS.Signals) => running.ledger.kill(signal),
    startLedger: async () => {
      running.ledger = await startLedger();
    },
    output: () => running.orchestrator.output(),
    stop: async () => {
      await Promise.all([running.orchestrator, ...running.replicas].map((replica) => replica.kill()));
      await running.ledger.kill();
      await infra.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Ask = <C extends MessageContract>(
  contract: C,
  data: C['data']['_zod']['input'],
  actor: Actor,
) => Promise<ReplyEnvelope<ReplyOf<C>>>;
export type Started = { readonly runId: string; readonly sessionId: string };

/** What a reply accepted. Throws when it is a rejection. */
export function valueOf<Value>(reply: ReplyEnvelope<Value>): Value {
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
}

/** What somebody sends who read the approval and agrees. */
export const consent = ({ approvalId, digest, content: { statement } }: ApprovalView, reason = 'fine') => ({
  ...{ approvalId, digest, reason },
  ...(statement === undefined ? {} : { statement }),
});

/** The conversations that every test has. */
function talk(ask: Ask) {
  const session = async (more: { readonly teamId?: string } = {}): Promise<string> => {
    const sessionId = newId('session');
    const opening = { sessionId, agentId: AGENT.id, tokenSha256: DIGEST, ...more };
    valueOf(await ask(openSession, opening, OPERATOR));
    return sessionId;
  };
  const stepAsk = ({ runId, sessionId }: Started, stepId: string, input: FetchInput) =>
    ask(executeStep, { runId, sessionId, stepId, capability: httpFetch.id, input: { ...input } }, AGENT);
  const outcome = async ({ runId }: Started, stepId: string, waitMs = 20_000): Promise<StepOutcome> =>
    valueOf(await ask(getStep, { runId, stepId, waitMs }, OPERATOR));
  return {
    ...{ session, stepAsk, outcome },
    /** Waits for something that happens in its own time. */
    until: async (isSo: () => Promise<boolean>): Promise<void> => {
      while (!(await isSo())) await setTimeout(50);
    },
    run: async (more: Partial<DataOf<typeof startRun>> = {}): Promise<Started> => {
      const sessionId = more.sessionId ?? (await session());
      const runId = more.runId ?? newId('run');
      const data = { runId, sessionId, goal: 'find out', predicate: { kind: 'manual' as const }, ...more };
      valueOf(await ask(startRun, data, OPERATOR));
      return { runId, sessionId };
    },
    step: async (run: Started, stepId: string, input: FetchInput): Promise<StepOutcome> =>
      valueOf(await stepAsk(run, stepId, input)),
    claim: async ({ runId, sessionId }: Started): Promise<RunView> =>
      valueOf(await ask(claimCompletion, { runId, sessionId, note: 'done' }, AGENT)),
    view: async ({ runId }: Started, minPosition?: number) =>
      valueOf(await ask(getRun, { runId, minPosition }, OPERATOR)),
    /** The run once it is over. */
    over: async ({ runId }: Started): Promise<RunView> => {
      for (;;) {
        const reply = await ask(getRun, { runId }, OPERATOR);
        if (reply.ok && reply.value.endedAt !== undefined) return reply.value;
        await setTimeout(20);
      }
    },
    approval: async ({ approvalId, position }: StepOutcome): Promise<ApprovalView> =>
      valueOf(await ask(getApproval, { approvalId: approvalId ?? '', minPosition: position + 1 }, APPROVER)),
  };
}
