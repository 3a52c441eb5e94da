import { randomUUID } from 'node:crypto';
import { getHead, keepResult, readStream, type ReplyEnvelope } from '@causeway/contracts';
import type { AppendRequest, LedgerPort, memoryLedger, Recorded } from '@causeway/eventing';
import { DependencyError, type Bus } from '@causeway/messaging';
import { createApprovals } from '../../src/approvals/approvals.ts';
import { budgetedHandlers } from '../../src/budgets/budgeted-handlers.ts';
import { timeExtensions } from '../../src/budgets/time-extensions.ts';
import { createCapabilities } from '../../src/capabilities/capabilities.ts';
import { capabilityRegistry } from '../../src/capabilities/registry.ts';
import { createClock } from '../../src/clock.ts';
import { createGrants } from '../../src/grants/grants.ts';
import { createHandlers } from '../../src/handlers.ts';
import { joined } from '../../src/joined.ts';
import { killSwitch } from '../../src/kills/kill-switch.ts';
import { createKills, killEnforcer } from '../../src/kills/kills.ts';
import { stopping as stoppingOf } from '../../src/kills/stopping.ts';
import { createNotes } from '../../src/notes/notes.ts';
import type { Parts } from '../../src/parts.ts';
import { createPools } from '../../src/pools/pools.ts';
import { runEnder } from '../../src/runs/end-run.ts';
import { createLifecycle } from '../../src/runs/lifecycle.ts';
import { createRuns } from '../../src/runs/runs.ts';
import { createSessions, sessionRevoker } from '../../src/sessions/sessions.ts';
import { scheduleTurns } from '../../src/schedules/schedule-turns.ts';
import { createSchedules } from '../../src/schedules/schedules.ts';
import { heldSteps } from '../../src/steps/held-steps.ts';
import { stepAttempts } from '../../src/steps/step-attempts.ts';
import { stepLedger } from '../../src/steps/step-ledger.ts';
import { createSteps } from '../../src/steps/steps.ts';
import type { Policy } from '@causeway/policy';
import type { Views } from '../../src/views.ts';
import { readyMade } from './capabilities.ts';
import type { Fault, Network } from './network.ts';
import type { Provider, Received } from './provider.ts';
import { onlyPolicy } from '../only-policy.features.ts';
import type { MemoryViews } from './views.ts';

/** A deliberate fault of the product, to see that it is found. */
export type Sabotage = {
  /** What the ledger is told instead. */
  readonly append?: (request: AppendRequest) => AppendRequest;
  /** Appends are answered before they are sealed. */
  readonly answersEarly?: true;
  /** A call that writes and was not answered is made again. */
  readonly repeatsWrites?: true;
  /** An answer about a step is read from another event. */
  readonly readsElsewhere?: true;
};
export type Surroundings = {
  readonly ledger: ReturnType<typeof memoryLedger>;
  readonly network: Network;
  readonly provider: Provider;
  readonly views: MemoryViews;
  readonly policy: Policy;
  readonly sabotage: Sabotage;
};
export type Replica = ReturnType<typeof createReplica>;

const LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One process of the service, as app.module.ts makes it, among fakes. Once it is cut off nothing reaches it any more, as after SIGKILL. */
export function createReplica(executor: string, around: Surroundings) {
  const life = { isCut: false };
  const { network, policy } = around;
  const ledger = ledgerPort(life, around);
  const edge = { now: network.now, newUuid: () => randomUUID(), nonce: () => randomUUID() };
  const bus = { request: busOf(life, around) } as unknown as Bus;
  const views = { pool: around.views.pool, runner: around.views.runner } as unknown as Views;
  const capabilities = capabilityRegistry({ pool: views.pool, ledger, log: LOG, make: readyMade });
  const bare = createHandlers(ledger, edge);
  const handlers = budgetedHandlers(bare, {
    policies: onlyPolicy(policy),
    edge,
    executor,
    capabilityDigest: (id) => capabilities.get(id)?.digest,
  });
  const parts: Parts = { handlers, ledger, bus, policies: onlyPolicy(policy), capabilities, edge, executor, log: LOG };
  const steps = stepLedger(parts);
  const attempts = stepAttempts(parts, steps);
  const held = heldSteps(parts, steps, attempts);
  const end = runEnder(parts, held);
  const kills = killSwitch(parts.handlers);
  const stopping = stoppingOf(parts, { views, held, end, revoke: sessionRevoker(parts, end) });
  const runs = createRuns(parts, { views, held, kills });
  const clock = createClock(parts, {
    ...{ views, attempts, held, end, more: timeExtensions(parts) },
    enforceKills: killEnforcer(parts, { kills, stopping }),
    schedules: scheduleTurns(parts, { kills }),
  });
  const heard = new Set<string>();

  /** The log arrives when it arrives, and is read until it could be. */
  async function hear(events: readonly Recorded[]): Promise<void> {
    await network.send();
    if (life.isCut) return;
    const isKnown = await kills.hear(events).then(
      () => true,
      () => false,
    );
    if (!isKnown) return hear(events);
    for (const { type, data } of events) heard.add(heardAs(type, data));
  }

  void capabilities.start();
  clock.start();
  return {
    handlers: parts.handlers,
    sessions: joined(createSessions(parts, { views, end, kills })),
    runs: joined(runs),
    lifecycle: joined(createLifecycle(parts, steps)),
    steps: joined(createSteps(parts, { views, steps, attempts, kills })),
    notes: joined(createNotes(parts, steps)),
    approvals: joined(createApprovals(parts, { views, held })),
    kills: joined(createKills(parts, { views, kills, stopping })),
    schedules: joined(createSchedules(parts, { views, runs, kills })),
    grants: joined(createGrants(parts, views)),
    pools: joined(createPools(parts, views)),
    capabilities: createCapabilities(parts, { views }),
    /** Kills that it was told of, `<id>`, and those that it was told are lifted, `<id> lifted`. */
    heard,
    follow: (events: readonly Recorded[]): void => {
      const ofKills = events.filter(({ type }) => type.startsWith('kill.'));
      if (ofKills.length > 0) void hear(ofKills);
    },
    cut: () => {
      life.isCut = true;
      capabilities.stop();
      void clock.stop();
    },
  };
}

const heardAs = (type: string, data: unknown): string => {
  const { killId } = data as { readonly killId: string };
  return type === 'kill.lifted' ? `${killId} lifted` : killId;
};

type Life = { readonly isCut: boolean };
const never = <Value>(): Promise<Value> => new Promise(() => undefined);
const lost = () => new DependencyError('LEDGER_UNAVAILABLE', 'the ledger did not answer');

/** What was sent before the process died still arrives; no answer does. */
function ledgerPort(life: Life, { ledger, network, sabotage }: Surroundings): LedgerPort {
  const answered = async <Value>(fault: Fault, value: Value): Promise<Value> => {
    const onTheWay = fault === 'late' ? await network.send() : fault;
    if (life.isCut) return never();
    if (onTheWay === 'lost-answer') throw lost();
    return value;
  };
  return {
    append: async (request) => {
      if (life.isCut) return never();
      const told = sabotage.append?.(request) ?? request;
      if (sabotage.answersEarly) return early(told, ledger, network);
      const fault = await network.send();
      if (fault === 'lost-request') return life.isCut ? never() : Promise.reject(lost());
      return answered(fault, await ledger.append(told));
    },
    readStream: async (stream, fromVersion) => {
      if (life.isCut) return never();
      const fault = await network.send();
      if (fault === 'lost-request') return life.isCut ? never() : Promise.reject(lost());
      return answered(fault, await ledger.readStream(stream, fromVersion));
    },
    readAll: () => Promise.reject(new Error('nobody reads the whole log here')),
  };
}

async function early(request: AppendRequest, ledger: Surroundings['ledger'], network: Network) {
  const firstPosition = ledger.events.length;
  const count = request.writes.flatMap(({ events }) => events).length;
  void network.send().then(() => ledger.append(request));
  return { appended: true as const, firstPosition, lastPosition: firstPosition + count - 1 };
}

type Options = { readonly timeoutMs?: number; readonly send?: 'once' };
type Asked = { readonly stream: string; readonly fromVersion: number };

function busOf(life: Life, around: Surroundings) {
  return async (contract: { name: string }, data: unknown, _: unknown, options: Options = {}): Promise<unknown> => {
    if (life.isCut) return never();
    const reply = await answered(contract, data, { options, around });
    return life.isCut ? never() : reply;
  };
}

type Asking = { readonly options: Options; readonly around: Surroundings };
function answered({ name }: { name: string }, data: unknown, { options, around }: Asking): Promise<unknown> {
  switch (name) {
    case readStream.name:
      return eventOf(data as Asked, around);
    case getHead.name:
      return arriving(around, { nextPosition: around.ledger.events.length });
    case keepResult.name:
      return arriving(around, {});
    default:
      return call(data as Received, options, around);
  }
}

/** What another service answers, unless a message is lost. */
async function arriving({ network }: Surroundings, value: object): Promise<unknown> {
  const fault = await network.send();
  return fault.startsWith('lost') ? unavailable(false) : { ok: true, value };
}

const unavailable = (reachedNobody: boolean): ReplyEnvelope<never> => ({
  ok: false,
  rejection: { code: 'SERVICE_UNAVAILABLE', detail: 'no answer', facts: { reachedNobody } },
});

async function eventOf({ stream, fromVersion }: Asked, { ledger, network, sabotage }: Surroundings): Promise<unknown> {
  const fault = await network.send();
  if (fault.startsWith('lost')) return unavailable(false);
  const from = sabotage.readsElsewhere && fromVersion > 4 ? fromVersion - 1 : fromVersion;
  const [event] = await ledger.readStream(stream, from);
  return { ok: true, value: { events: event ? [event] : [] } };
}

type Reply = { readonly reply: unknown } | undefined;

/** A call on its way to a provider and back. */
async function call(asked: Received, options: Options, around: Surroundings): Promise<unknown> {
  const answered = await carried(asked, options, around);
  if (answered) return answered.reply;
  const { timeoutMs = 0, send } = options;
  if (around.sabotage.repeatsWrites && send === 'once') {
    const grant = { ...asked.grant, callId: `${asked.grant.callId}-again` };
    return around.provider.receive({ ...asked, grant }, 'none');
  }
  return new Promise((resolve) => setTimeout(() => resolve(unavailable(false)), timeoutMs));
}

/** Undefined: no answer comes. One that does not write is sent twice when it is late, as a bus that gets no answer does. */
async function carried(asked: Received, { send }: Options, { network, provider }: Surroundings): Promise<Reply> {
  const fault = await network.send();
  if (fault === 'nobody') return { reply: unavailable(true) };
  if (fault === 'lost-request') return undefined;
  const reply = await provider.receive(asked, fault);
  if (fault === 'late' && send !== 'once') void provider.receive(asked, 'none');
  const onTheWay = fault === 'late' ? await network.send() : fault;
  return reply === undefined || onTheWay === 'lost-answer' ? undefined : { reply };
}
