import { isUnchanged, requestText, type PackDiff } from '@causeway/policy';

const SHOWN = 40;

/** What is otherwise in the second of two packs, for a person to read. */
export function diffLines(diff: PackDiff): readonly string[] {
  if (isUnchanged(diff)) return ['Nothing is otherwise.'];
  const { added, removed, changed, settings, flips } = diff;
  return [
    ...added.map(({ id, reason }) => `+ rule ${id}${reason === undefined ? '' : `: ${reason}`}`),
    ...removed.map(({ id, reason }) => `- rule ${id}${reason === undefined ? '' : `: ${reason}`}`),
    ...changed.flatMap(({ before, after }) => [
      `~ rule ${before.id}`,
      ...before.text.split('\n').map((line) => `    - ${line}`),
      ...after.text.split('\n').map((line) => `    + ${line}`),
    ]),
    ...settings.map(({ path, before, after }) => `~ ${path}: ${shown(before)} → ${shown(after)}`),
    ...(flips.length === 0
      ? ['No request that the rules name is decided otherwise.']
      : [`Requests that are decided otherwise (${flips.length}):`]),
    ...flips
      .slice(0, SHOWN)
      .map(
        (flip) =>
          `  ${requestText(flip.request)}: ${flip.before.verdict} (${flip.before.rule}) → ${flip.after.verdict} (${flip.after.rule})`,
      ),
    ...(flips.length > SHOWN ? [`  and ${flips.length - SHOWN} more; --json shows all`] : []),
  ];
}

const shown = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));
