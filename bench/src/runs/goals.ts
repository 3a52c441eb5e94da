import type { Goal } from '../goal.ts';
import type { Row } from '../report.ts';
import { OURS } from './compare.ts';
import { SAME_HOPS } from './floors/bare-step.ts';
import type { Extent } from './options.ts';
import { DBOS } from './peers/dbos.ts';
import { RESTATE } from './peers/restate.ts';

const SHARE_OF_FLOOR = 0.7;
const ALONE_MS = 4;

/** The goals whose figures were measured. */
export function goalsOf(rows: readonly Row[], { together }: Pick<Extent, 'together'>): readonly Goal[] {
  const find = (name: string, inFlight: number) =>
    rows.find((row) => row.name === name && row.inFlight === inFlight)?.figures;
  const ours = find(OURS, together);
  const floor = find(SAME_HOPS, together);
  const alone = find(OURS, 1);
  return [
    ...[RESTATE, DBOS].flatMap((peer) =>
      ahead(ours, find(peer, together), `${peer.replace('peer: ', '')}, ${together} in flight`),
    ),
    ...(ours && floor ? [share(ours.perSecond / floor.perSecond, together)] : []),
    ...(alone ? [quick(alone.p50Ms)] : []),
  ];
}

type Rate = { readonly perSecond: number } | undefined;

function ahead(ours: Rate, peer: Rate, whom: string): readonly Goal[] {
  if (!ours || !peer) return [];
  const measured = `${ours.perSecond.toFixed(0)} beside ${peer.perSecond.toFixed(0)}`;
  return [{ what: `steps/s, ahead of ${whom}`, aim: '> 1 ×', measured, reached: ours.perSecond > peer.perSecond }];
}

const share = (of: number, inFlight: number): Goal => ({
  ...{ what: `of the bare floor, ${inFlight} in flight`, aim: `≥ ${SHARE_OF_FLOOR * 100} %` },
  ...{ measured: `${Math.round(of * 100)} %`, reached: of >= SHARE_OF_FLOOR },
});

const quick = (p50Ms: number): Goal => ({
  ...{ what: 'p50 of a step alone, ms', aim: `≤ ${ALONE_MS}`, measured: p50Ms.toFixed(2), reached: p50Ms <= ALONE_MS },
});
