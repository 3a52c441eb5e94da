import type { Journal, Rules } from '../journal.ts';
import type { ModelShare } from '../known.ts';

type Amounts = { readonly steps?: number | undefined };
const NO_SHARE: ModelShare = { steps: 0, draws: 0 };

/** Pools: what one gives another has, to the step, and never more than there is. */
export function poolRules({ at, check, due, isDue, get, put, change }: Journal): Rules {
  /** Both sides of a move say the same, and each in its turn. */
  const tell = (what: string, amounts: Amounts): void => void due.set(`${what} ${amounts.steps ?? 0}`, 'told');
  const heardOf = (what: string, amounts: Amounts): void =>
    check(isDue(`${what} ${amounts.steps ?? 0}`, 'told'), `${what} was told by one side only`);

  function share(room: 'runs' | 'pools', poolId: string, steps: number, draws?: number): void {
    const { shares } = get(room)!;
    const before = shares[poolId] ?? NO_SHARE;
    const next = { steps: before.steps + steps, draws: draws ?? before.draws };
    check(next.steps >= 0, `more went back to ${poolId} than came from it`);
    if (draws !== undefined) check(draws === before.draws + 1, `draw ${draws} came after ${before.draws}`);
    change(room, { shares: { ...shares, [poolId]: next } });
  }

  function give(holder: string, steps: number, draws?: number): void {
    const { given, holders } = get('pools')!;
    const before = holders[holder] ?? NO_SHARE;
    const next = { steps: before.steps + steps, draws: draws ?? before.draws };
    check(next.steps >= 0, `${holder} gave back more than it had`);
    if (draws !== undefined) check(draws === before.draws + 1, `${holder} drew ${draws} after ${before.draws}`);
    change('pools', { given: given + steps, holders: { ...holders, [holder]: next } });
  }

  return {
    'pool.opened': ({ level, owner, team, limits }) => {
      check(get('pools') === undefined, 'a pool was opened twice');
      const none = { extended: 0, extensions: [], given: 0, holders: {}, shares: {} };
      put('pools', { level, owner, team, limit: limits.steps ?? Infinity, ...none });
    },
    'pool.warned': () => undefined,
    'pool.drawn': ({ holder, draw, amounts }) => {
      give(holder, amounts.steps ?? 0, draw);
      tell(`${holder} from ${at.stream}`, amounts);
    },
    'budget.allotted': ({ pool, draw, amounts }) => {
      heardOf(`${at.stream} from ${pool}`, amounts);
      share('runs', pool, amounts.steps ?? 0, draw);
    },
    'pool.allotted': ({ pool, draw, amounts }) => {
      heardOf(`${at.stream} from ${pool}`, amounts);
      share('pools', pool, amounts.steps ?? 0, draw);
    },
    'budget.returned': ({ pool, amounts }) => {
      share('runs', pool, -(amounts.steps ?? 0));
      tell(`${at.stream} back to ${pool}`, amounts);
    },
    'pool.surrendered': ({ pool, amounts }) => {
      share('pools', pool, -(amounts.steps ?? 0));
      tell(`${at.stream} back to ${pool}`, amounts);
    },
    'pool.returned': ({ holder, amounts }) => {
      heardOf(`${holder} back to ${at.stream}`, amounts);
      give(holder, -(amounts.steps ?? 0));
    },
    'pool.extended': ({ meter, delta, extensionId }) => {
      const { extended, extensions } = get('pools')!;
      check(meter === 'steps' && !extensions.includes(extensionId), `a pool was extended twice by ${extensionId}`);
      change('pools', { extended: extended + delta, extensions: [...extensions, extensionId] });
    },
  };
}
