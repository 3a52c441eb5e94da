import { randomUUID } from 'node:crypto';
import { memoryLedger, type AppendRequest } from '@causeway/eventing';
import { actorOf, pauseIdOf, sessionOf, type Exchange } from './answers.ts';
import { createModel } from './model.ts';
import { createNetwork, EPOCH_MS } from './network.ts';
import { createProvider } from './provider.ts';
import { createReplica, type Replica, type Sabotage } from './replica.ts';
import { AGENT, inputOf, OPERATOR, LIMITS, RUNS, SESSIONS, sessionOfRun } from './scene.ts';
import { SOMETHING_TO_DECIDE, type Happening, type Request, type Sequence } from './sequences.ts';
import { memoryViews } from './views.ts';

export type World = Awaited<ReturnType<typeof played>>;
type Message = { readonly data: object; readonly meta: object; readonly subject: string };

/** So long after everything was delivered, every deadline has passed that a step or an approval can have. */
const AFTER_ALL_MS = 70_000;
/** Sweeps that bring everything to rest: what one begins, another may have to end. */
const MOST_SWEEPS = 12;

/** Plays a sequence to its end: everything that was sent arrives, and the clocks of the replicas that are left look until nothing moves. */
export async function played(sequence: Sequence, sabotage: Sabotage = {}) {
  const network = createNetwork();
  return network.onItsTime(async () => {
    const model = createModel();
    const inner = memoryLedger();
    const ledger: typeof inner = {
      ...inner,
      append: async (request: AppendRequest) => {
        const before = inner.events.length;
        const answer = await inner.append(request);
        model.follow(inner.events.slice(before));
        return answer;
      },
    };
    const provider = createProvider(ledger, network);
    const views = memoryViews(ledger.events);
    const around = { ledger, network, provider, views, sabotage };
    let born = 0;
    let crashes = 0;
    const newReplica = (): Replica => createReplica(`orchestrator-${++born}`, around);
    await ledger.append(opening(network.now()));
    const replicas = Array.from({ length: sequence.replicas }, newReplica);
    const exchanges: Exchange[] = [];

    /** The newest first. */
    function approvalAt(pick: number): string | undefined {
      const asked = Object.keys(model.states.at(-1)!.approvals).reverse();
      return asked[pick % Math.max(1, asked.length)];
    }

    function ask(replica: Replica, wanted: Request): void {
      const approvalId = 'pick' in wanted ? approvalAt(wanted.pick) : undefined;
      const request = 'pick' in wanted && approvalId === undefined ? SOMETHING_TO_DECIDE : wanted;
      const exchange: Exchange = {
        ...{ request, from: ledger.events.length, sentAt: network.now() },
        ...(approvalId === undefined ? {} : { approvalId }),
      };
      exchanges.push(exchange);
      const answered = (end: Pick<Exchange, 'reply' | 'error'>): void =>
        void Object.assign(exchange, end, { to: ledger.events.length, answeredAt: network.now() });
      const shown = approvalId === undefined ? undefined : model.states.at(-1)!.approvals[approvalId];
      said(replica, { request, approvalId, shown, id: `ask-${exchanges.length}` }).then(
        (reply) => answered({ reply }),
        (error: unknown) => answered({ error }),
      );
    }

    async function settle(): Promise<void> {
      while (await network.deliver(0, 'none'));
    }

    async function happen(one: Happening): Promise<void> {
      switch (one.does) {
        case 'ask':
          ask(replicas[one.replica % replicas.length]!, one.request);
          return network.idle();
        case 'deliver':
          return void (await network.deliver(one.pick, one.fault));
        case 'settle':
          return settle();
        case 'jump':
          return network.jump(one.ms);
        case 'crash': {
          const index = one.replica % replicas.length;
          crashes++;
          replicas[index]!.cut();
          replicas[index] = newReplica();
        }
      }
    }

    for (const one of sequence.happenings) await happen(one);
    await settle();
    const sweep = async (ms: number): Promise<void> => {
      await network.jump(ms);
      await settle();
    };
    await sweep(AFTER_ALL_MS);
    for (let more = 0; more < MOST_SWEEPS && !model.isAtRest(); more++) await sweep(11_000);
    await sweep(LIMITS.maxLifeMs);
    return { ledger, model, provider, views, replicas, exchanges, crashes, network, settle };
  });
}

/** The sessions, before anybody does anything. */
function opening(at: string): AppendRequest {
  const opened = SESSIONS.map((sessionId) => ({
    stream: sessionId,
    expected: 'none' as const,
    events: [
      {
        ...{ id: randomUUID(), type: 'session.opened' },
        data: { sessionId, agentId: AGENT, tokenSha256: 'a'.repeat(64), openedBy: OPERATOR, at },
      },
    ],
  }));
  return { appendId: randomUUID(), writes: opened };
}

type Saying = {
  readonly request: Request;
  readonly approvalId: string | undefined;
  /** The approval as the approver sees it. */
  readonly shown: { readonly digest: string; readonly statement: string | undefined } | undefined;
  readonly id: string;
};

/** Sends a request to the operation that answers it. */
function said(replica: Replica, saying: Saying): Promise<Exchange['reply'] & object> {
  const { request, id } = saying;
  const meta = { id, actor: actorOf(request), at: new Date(EPOCH_MS).toISOString() };
  const { operation, data } = operationOf(replica, saying);
  return operation({ data, meta, subject: '' } as never);
}

type Operation = (message: Message & never) => Promise<Exchange['reply'] & object>;
function operationOf(
  { runs, steps, approvals, lifecycle, sessions }: Replica,
  { request, approvalId, shown }: Saying,
): { operation: Operation; data: object } {
  if (request.kind === 'revoke') {
    return { operation: sessions.revoke, data: { sessionId: sessionOf(request.session), reason: 'enough' } };
  }
  if ('pick' in request) return decisionOf(approvals, request, { approvalId, shown });
  const { run: index } = request;
  const base = { runId: RUNS[index]! };
  const own = { ...base, sessionId: sessionOfRun(index) };
  switch (request.kind) {
    case 'start':
      return {
        operation: runs.start,
        data: { ...own, goal: 'find out', budget: { steps: request.limit }, predicate: predicateOf(index) },
      };
    case 'step': {
      const { step, other } = request;
      const asked = { stepId: step, capability: 'network.http-fetch', input: inputOf(step, other) };
      return { operation: steps.execute, data: { ...own, ...asked } };
    }
    case 'pause':
      return {
        operation: lifecycle.pause,
        data: { ...base, pauseId: pauseIdOf('pause', request.id), cause: 'operator' },
      };
    case 'resume':
      return { operation: lifecycle.resume, data: { ...base, resumeId: pauseIdOf('resume', request.id) } };
    case 'claim':
      return { operation: runs.claim, data: { ...own, note: 'done' } };
    case 'complete':
      return { operation: runs.complete, data: { ...base, reason: 'looks good' } };
    case 'cancel':
      return { operation: runs.cancel, data: { ...base, reason: 'enough' } };
  }
}

type Decision = Extract<Request, { pick: number }>;
function decisionOf(
  approvals: Replica['approvals'],
  request: Decision,
  { approvalId, shown }: Pick<Saying, 'approvalId' | 'shown'>,
): { operation: Operation; data: object } {
  switch (request.kind) {
    case 'grant': {
      const { wrong } = request;
      const digest = wrong === 'digest' || !shown ? '0'.repeat(64) : shown.digest;
      const statement = wrong === 'statement' ? 'yes' : shown?.statement;
      return { operation: approvals.grant, data: { approvalId, digest, reason: 'fine', statement } };
    }
    case 'deny':
      return { operation: approvals.deny, data: { approvalId, reason: 'no' } };
    case 'return':
      return { operation: approvals.giveBack, data: { approvalId, feedback: 'not so' } };
  }
}

const predicateOf = (index: number) =>
  index === 0 ? { kind: 'manual' } : { kind: 'capability_succeeded', capability: 'network.http-fetch', min: 1 };
