import type { LogFinding } from '../verify.ts';

/** Most findings that are kept: more say nothing new. */
export const MAX_FINDINGS = 100;

/** A finding of which is known only that its place is somewhere in [position, upTo). */
export type VagueFinding = LogFinding & { readonly upTo?: number };

/** Findings of any number in bounded memory: those with the lowest positions stay. */
export type FindingList = {
  readonly add: (...findings: readonly VagueFinding[]) => void;
  readonly count: () => number;
  /**
   * At most {@link MAX_FINDINGS}, first position first. One whose place is known only roughly comes after the first that is known exactly in
   * those positions, and with its position.
   */
  readonly first: () => readonly LogFinding[];
};

/** An empty {@link FindingList}. */
export function findingList(): FindingList {
  const exact = lowest();
  const vague = lowest();
  return {
    add: (...findings) => {
      for (const finding of findings) (finding.upTo === undefined ? exact : vague).add(finding);
    },
    count: () => exact.count() + vague.count(),
    first: () => {
      const known = exact.sorted();
      const placed = vague.sorted().map(({ upTo = Infinity, ...finding }) => {
        const first = known.find(({ position }) => position >= finding.position && position < upTo);
        return { ...finding, position: first?.position ?? finding.position };
      });
      return [...known, ...placed].sort(byPosition).slice(0, MAX_FINDINGS);
    },
  };
}

function lowest() {
  let kept: VagueFinding[] = [];
  let count = 0;
  const sorted = (): readonly VagueFinding[] => kept.sort(byPosition).slice(0, MAX_FINDINGS);
  return {
    sorted,
    count: () => count,
    add: (finding: VagueFinding) => {
      count++;
      kept.push(finding);
      if (kept.length > 2 * MAX_FINDINGS) kept = [...sorted()];
    },
  };
}

const byPosition = (a: LogFinding, b: LogFinding): number => a.position - b.position;
