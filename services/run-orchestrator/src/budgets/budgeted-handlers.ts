import type { Edge } from '../edge.ts';
import type { BareHandlers, Handlers } from '../handlers.ts';
import type { Policies } from '../policies/policies.ts';
import { persistently } from './persistently.ts';
import { poolDraws, type PoolHandler } from '../pools/draws.ts';
import { budgetedRuns } from './budgeted-runs.ts';
import { extensionApprovals, type ExtensionParts } from './extension-approval.ts';

export type BudgetParts = {
  readonly policies: Pick<Policies, 'active' | 'known'>;
  readonly edge: Edge;
  readonly executor: string;
  readonly capabilityDigest: ExtensionParts['capabilityDigest'];
  readonly sleep?: (ms: number) => Promise<unknown>;
};

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Teams of sessions kept in memory: a session never changes its team. */
const TEAMS_KEPT = 10_000;

/** The handlers as everybody uses them: runs ask their pools, and people, for what they need. */
export function budgetedHandlers(bare: BareHandlers, parts: BudgetParts): Handlers {
  const { policies, edge, executor } = parts;
  const sleep = parts.sleep ?? soon;
  const pooled: PoolHandler = {
    ...bare.pools,
    handle: (id, command, meta) => persistently(() => bare.pools.handle(id, command, meta), sleep),
  };
  const draws = poolDraws({ runs: bare.runs, pools: pooled, edge, executor, sleep });
  const teams = new Map<string, string | undefined>();

  async function teamOf(sessionId: string): Promise<string | undefined> {
    if (teams.has(sessionId)) return teams.get(sessionId);
    const session = await bare.sessions.load(sessionId);
    const teamId = session.kind === 'session' ? session.teamId : undefined;
    if (teams.size >= TEAMS_KEPT) teams.clear();
    teams.set(sessionId, teamId);
    return teamId;
  }

  const prepare = extensionApprovals(parts);
  return {
    ...bare,
    pools: pooled,
    runs: budgetedRuns({
      runs: bare.runs,
      draws,
      pools: () => policies.active().pack.pools,
      teamOf,
      prepare,
      edge,
      executor,
      sleep,
    }),
  };
}
