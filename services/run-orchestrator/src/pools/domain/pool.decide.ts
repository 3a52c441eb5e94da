import {
  CHARGED_METERS,
  type Amounts,
  type ChargedMeter,
  type Rejection,
  type RunOrchestratorEvent,
} from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision, type SideWrite } from '@causeway/eventing';
import { amountOf, amountsBy, isNothing, plus, positive } from '../../runs/domain/amounts.ts';
import { elapsedMs } from '../../runs/domain/budget.ts';
import { atMost, warningsDue } from '../../runs/domain/budget-effects.ts';
import {
  evolvePool,
  freeAbove,
  holderOf,
  noPool,
  poolLimit,
  type OpenPool,
  type Pool,
  type PoolIdentity,
} from './pool.ts';

type Event = RunOrchestratorEvent;

export type PoolCommand =
  | ({ readonly type: 'open'; readonly limits: Amounts; readonly at: string } & PoolIdentity)
  | {
      readonly type: 'draw';
      readonly holder: string;
      readonly holderKind: 'run' | 'pool';
      /** Draws of one holder are numbered from 1; the same number again is the same draw. */
      readonly draw: number;
      readonly least: Amounts;
      readonly most: Amounts;
      /** Meters that a pool above limits: this pool gives out no more of them than it holds there. */
      readonly limitedAbove: readonly ChargedMeter[];
      readonly at: string;
    }
  /** Gives back to the pools above what nobody below holds; what was drawn a moment ago stays. */
  | { readonly type: 'surrender'; readonly to: string; readonly at: string }
  | {
      readonly type: 'extend';
      readonly extensionId: string;
      readonly meter: ChargedMeter;
      readonly delta: number;
      readonly reason: string;
      readonly by: string;
      readonly isAgent: boolean;
      readonly at: string;
    };

/** Why a pool does not give: its own limit is reached, or it has to draw from the pool above first. */
export type Shortfall =
  | { readonly kind: 'own-limit'; readonly meter: ChargedMeter }
  | { readonly kind: 'above'; readonly full: Amounts; readonly most: Amounts };
export type PoolRejection = Rejection & { readonly shortfall?: Shortfall };
export type PoolDecision = Decision<Event, PoolRejection>;

/** What a pool drew this short a time ago, in ms, is for somebody who is on the way. */
const KEPT_MS = 500;
/** Of what its own limit leaves, a pool keeps this much back for each share it gives: what is scarce is given out in small pieces. */
const SHARE = 2;
/** A pool draws from the one above for this many requests like the one that it cannot serve. */
const STOCK = 4;

/** The rules of a pool: never more given out than its limit, and never more than it holds of the pools above. */
export const poolDecider: Decider<Pool, PoolCommand, Event, PoolRejection> = {
  initialState: noPool,
  decide,
  evolve: evolvePool,
};

function decide(command: PoolCommand, pool: Pool): PoolDecision {
  if (command.type === 'open') return open(command, pool);
  if (pool.kind === 'none') {
    return refuse({
      code: 'POOL_NOT_FOUND',
      detail: 'there is no such pool; it opens when something first draws on it',
    });
  }
  switch (command.type) {
    case 'draw':
      return draw(command, pool);
    case 'surrender':
      return surrender(command, pool);
    case 'extend':
      return extend(command, pool);
  }
}

type Of<Type extends PoolCommand['type']> = Extract<PoolCommand, { type: Type }>;

function open({ type: _, ...facts }: Of<'open'>, pool: Pool): PoolDecision {
  if (pool.kind === 'none') return accept<Event>({ type: 'pool.opened', data: facts });
  const { limits, at } = facts;
  const isSame = CHARGED_METERS.every((meter) => pool.limits[meter] === limits[meter]);
  return isSame ? accept() : accept<Event>({ type: 'pool.limited', data: { limits, at } });
}

function draw(command: Of<'draw'>, pool: OpenPool): PoolDecision {
  const { holder, draw: number, least, at } = command;
  if (holderOf(pool, holder).draws >= number) return accept();
  const own = (meter: ChargedMeter): number => (poolLimit(pool, meter) ?? Infinity) - amountOf(pool.given, meter);
  const above = freeAbove(pool);
  const held = (meter: ChargedMeter): number =>
    command.limitedAbove.includes(meter) ? amountOf(above, meter) : Infinity;
  const exhausted = CHARGED_METERS.find((meter) => amountOf(least, meter) > Math.max(0, own(meter)));
  if (exhausted !== undefined) return refuse(exhaustedPool(pool, exhausted));
  if (CHARGED_METERS.some((meter) => amountOf(least, meter) > Math.max(0, held(meter)))) {
    return refuse(drawAbove(command, pool, { own, above }));
  }
  const amounts = amountsBy((meter) =>
    pieceOf(command, pool, { meter, room: Math.min(own(meter) / SHARE, held(meter)) }),
  );
  return {
    accepted: true,
    events: [{ type: 'pool.drawn', data: { holder, draw: number, amounts, at } }, ...warnings(pool, amounts, at)],
    also: [allotment(command, { pool: pool.poolId, draw: number, amounts, at })],
  };
}

/** The holder's own record of the draw is sealed with it: there is no moment in which one has it and the other does not. */
function allotment(
  { holder, holderKind }: Of<'draw'>,
  data: { pool: string; draw: number; amounts: Amounts; at: string },
): SideWrite<Event> {
  const event: Event = holderKind === 'run' ? { type: 'budget.allotted', data } : { type: 'pool.allotted', data };
  return { stream: holder, expected: 'exists', events: [event] };
}

function pieceOf(
  { least, most }: Of<'draw'>,
  { holderCount }: OpenPool,
  { meter, room }: { meter: ChargedMeter; room: number },
): number {
  const wanted = amountOf(most, meter);
  const fair = Math.floor(room / (1 + holderCount));
  return wanted === 0 ? 0 : Math.max(amountOf(least, meter), Math.min(wanted, fair));
}

function exhaustedPool(pool: OpenPool, meter: ChargedMeter): PoolRejection {
  const { level, owner, team, period, poolId } = pool;
  const limit = poolLimit(pool, meter) ?? 0;
  const within = team === undefined ? '' : ` in the team ${team}`;
  const whose = `the ${level} ${owner}${within}${period === undefined ? '' : ` for ${period}`}`;
  const detail = `too little is left of ${meter} in the pool of ${whose}: of ${limit}, ${amountOf(pool.given, meter)} are given out; wait for steps in flight, or ask an operator for more`;
  const facts = { meter, limit, used: amountOf(pool.given, meter), reserved: 0, pool: poolId, level };
  return { code: 'BUDGET_EXHAUSTED', detail, facts, shortfall: { kind: 'own-limit', meter } };
}

type Rooms = { readonly own: (meter: ChargedMeter) => number; readonly above: Amounts };

function drawAbove({ least, most, limitedAbove }: Of<'draw'>, pool: OpenPool, { own, above }: Rooms): PoolRejection {
  const lacking = (of: Amounts, factor: number): Amounts =>
    amountsBy((meter) => {
      if (!limitedAbove.includes(meter)) return 0;
      return Math.max(0, Math.min(factor * amountOf(of, meter), own(meter)) - amountOf(above, meter));
    });
  const full = lacking(least, 1);
  const detail = `${pool.poolId} has to draw from the pool above it first`;
  return {
    code: 'BUDGET_EXHAUSTED',
    detail,
    shortfall: { kind: 'above', full, most: plus(full, lacking(most, STOCK)) },
  };
}

function warnings(pool: OpenPool, amounts: Amounts, at: string): Event[] {
  const given = plus(pool.given, amounts);
  return CHARGED_METERS.flatMap((meter) => {
    const limit = poolLimit(pool, meter);
    if (limit === undefined) return [];
    const used = amountOf(given, meter);
    const due = warningsDue({ limit, used, committed: used, isSoft: false }, pool.warned[meter] ?? []);
    return due.map((warning): Event => ({ type: 'pool.warned', data: { meter, warning, limit, used, at } }));
  });
}

function surrender({ to, at }: Of<'surrender'>, pool: OpenPool): PoolDecision {
  const held = pool.allotments[to];
  if (!held || poolDrewJustNow(pool, at)) return accept();
  const amounts = atMost(positive(freeAbove(pool)), positive(held.amounts));
  if (isNothing(amounts)) return accept();
  const returned: Event = { type: 'pool.returned', data: { holder: pool.poolId, amounts, isLast: false, at } };
  return {
    accepted: true,
    events: [{ type: 'pool.surrendered', data: { pool: to, amounts, at } }],
    also: [{ stream: to, expected: 'exists', events: [returned] }],
  };
}

/** Whether the pool drew a moment ago what nobody below has taken yet. */
export function poolDrewJustNow(pool: OpenPool, at: string): boolean {
  if (pool.allottedAt === undefined || isNothing(positive(freeAbove(pool)))) return false;
  return elapsedMs(pool.allottedAt, at) < KEPT_MS;
}

function extend({ extensionId, meter, delta, reason, by, isAgent, at }: Of<'extend'>, pool: OpenPool): PoolDecision {
  if (pool.extensions.includes(extensionId)) return accept();
  const isOwn = pool.level === 'agent' && pool.owner === by;
  if (isAgent || isOwn || pool.limits[meter] === undefined) {
    const detail =
      isAgent || isOwn
        ? 'an agent does not raise the budgets that it uses; an operator has to'
        : `${pool.poolId} has no limit of ${meter}, so there is nothing to raise`;
    return refuse({ code: 'BUDGET_EXTENSION_REFUSED', detail });
  }
  return accept<Event>({ type: 'pool.extended', data: { meter, delta, by, extensionId, reason, at } });
}
