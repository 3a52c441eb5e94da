import { STEP_POINTS } from '@causeway/messaging';
import { SERVICE_NAMES } from '@causeway/provisioning';
import { brokenPromises } from './judge.ts';
import type { Blow, CrashStage, Effect, Found } from './stage.ts';

export type Cell = { readonly found: Found; readonly broken: readonly string[] };

/** Every service killed at every point of a step of this kind. */
export const blowsOf = (effect: Effect): readonly Blow[] =>
  STEP_POINTS.flatMap((point) => SERVICE_NAMES.map((service) => ({ effect, point, service })));

/** Strikes one blow after the other, each on a step and a run of its own. */
export async function strikeAll(
  stage: CrashStage,
  blows: readonly Blow[],
  log: (line: string) => void,
): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const blow of blows) {
    const found = await stage.strike(blow);
    const broken = brokenPromises(found);
    log(`${blow.effect} ${blow.point} ${blow.service}: ${found.end}, ${found.arrived} arrived ${broken.join('; ')}`);
    cells.push({ found, broken });
  }
  return cells;
}

/** The cells as a Markdown table: a row for each point, a column for each service. */
export function asTable(cells: readonly Cell[]): string {
  const rows = [...new Set(cells.map(({ found }) => `${found.effect} ${found.point}`))];
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  const cellOf = (row: string, service: string): string => {
    const cell = cells.find(({ found }) => `${found.effect} ${found.point}` === row && found.service === service);
    if (!cell) return '–';
    return cell.broken.length > 0
      ? `BROKEN: ${cell.broken.join('; ')}`
      : `${cell.found.end}, ${cell.found.arrived} arrived`;
  };
  return [
    line(['killed at', ...SERVICE_NAMES]),
    line(['---', ...SERVICE_NAMES.map(() => '---')]),
    ...rows.map((row) => line([row, ...SERVICE_NAMES.map((service) => cellOf(row, service))])),
  ].join('\n');
}
