import { memoryLedger, type AppendRequest } from '@causeway/eventing';
import { aboutOf } from './about.ts';
import type { Exchange } from './exchange.ts';
import { createModel } from './model.ts';
import { createNetwork } from './network.ts';
import { opening } from './opening.ts';
import { createProvider } from './provider.ts';
import { createReplica, type Replica, type Sabotage } from './replica.ts';
import { isOfApproval, type Request } from './requests.ts';
import { said } from './sayings.ts';
import { LIMITS, policyOf } from './scene.ts';
import { SOMETHING_TO_DECIDE, type Happening, type Sequence } from './sequences.ts';
import { memoryViews } from './views.ts';

export type World = Awaited<ReturnType<typeof played>>;

/** So long after everything was delivered, every deadline has passed that a step or an approval can have. */
const AFTER_ALL_MS = 70_000;
/** Sweeps that bring everything to rest: what one begins, another may have to end. */
const MOST_SWEEPS = 12;

/** Plays a sequence to its end: everything that was sent arrives, and the clocks of the replicas that are left look until nothing moves. */
export async function played(sequence: Sequence, sabotage: Sabotage = {}) {
  const network = createNetwork();
  return network.onItsTime(async () => {
    const model = createModel(sequence.terms);
    const inner = memoryLedger();
    const ledger: typeof inner = {
      ...inner,
      append: async (request: AppendRequest) => {
        const before = inner.events.length;
        const answer = await inner.append(request);
        const sealed = inner.events.slice(before);
        model.follow(sealed, network.now());
        for (const replica of replicas) replica.follow(sealed);
        return answer;
      },
    };
    const replicas: Replica[] = [];
    const provider = createProvider(ledger, network);
    const views = memoryViews(ledger.events);
    const around = { ledger, network, provider, views, sabotage, policy: policyOf(sequence.terms) };
    let born = 0;
    let crashes = 0;
    const newReplica = (): Replica => createReplica(`orchestrator-${++born}`, around);
    await ledger.append(opening(network.now()));
    replicas.push(...Array.from({ length: sequence.replicas }, newReplica));
    const exchanges: Exchange[] = [];
    const known = () => model.states.at(-1)!;

    function ask(replica: Replica, wanted: Request): void {
      const isUndecided = isOfApproval(wanted) && Object.keys(known().approvals).length === 0;
      const request = isUndecided ? SOMETHING_TO_DECIDE : wanted;
      const about = aboutOf(request, known(), network.nowMs());
      const shown = known().approvals[about.approvalId ?? ''];
      const exchange: Exchange = {
        request,
        about,
        from: ledger.events.length,
        sentAt: network.now(),
        heard: new Set(replica.heard),
      };
      exchanges.push(exchange);
      const answered = (end: Pick<Exchange, 'reply' | 'error'>): void =>
        void Object.assign(exchange, end, { to: ledger.events.length, answeredAt: network.now() });
      said(replica, { request, about, shown, id: `ask-${exchanges.length}` }).then(
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
          return network.idle();
        }
      }
    }

    await network.idle();
    for (const one of sequence.happenings) await happen(one);
    await settle();
    const sweep = async (ms: number): Promise<void> => {
      await network.jump(ms);
      await settle();
    };
    await sweep(AFTER_ALL_MS);
    for (let more = 0; more < MOST_SWEEPS && !model.isAtRest(); more++) await sweep(11_000);
    await sweep(LIMITS.maxLifeMs);
    for (let more = 0; more < MOST_SWEEPS && !model.isOver(); more++) await sweep(LIMITS.maxLifeMs);
    return { ledger, model, provider, views, replicas, exchanges, crashes, network, settle, terms: sequence.terms };
  });
}
