import type { DataOf, Journal, Rules } from '../journal.ts';
import { elapsed, type ModelSchedule } from '../known.ts';
import { dueAfter, TIMETABLES, timetableOf } from '../timetable.ts';

const FIRST_BACKOFF_MS = 60_000;

/** When a schedule of this definition is due next, by its timetable. */
const nextOf = ({ definition: { spec, until } }: Pick<ModelSchedule, 'definition'>, at: string): string | undefined => {
  const due = dueAfter(timetableOf(spec)!, at);
  return due !== undefined && until !== undefined && due > until ? undefined : due;
};
const isBusy = ({ open, queued }: ModelSchedule): boolean => open.length > 0 || queued !== undefined;
const isBackingOff = ({ definition, failures, lastFailedAt }: ModelSchedule, at: string): boolean =>
  definition.onFailure === 'backoff' &&
  failures > 0 &&
  elapsed(lastFailedAt ?? '', at) < FIRST_BACKOFF_MS * 2 ** (failures - 1);

/** Schedules: each occurrence has its turn once, in order, and starts at most one run. */
export function scheduleRules({ check, due, get, put, change }: Journal): Rules {
  const is = (): ModelSchedule => get('schedules')!;
  const saysNext = (said: string | undefined, next: string | undefined): void =>
    check(said === next, `it says that it is due next at ${said}, and not at ${next}`);
  /** After one that waited the series is where it was. */
  const after = (occurrence: string): string | undefined =>
    is().queued === occurrence ? is().nextAt : nextOf(is(), occurrence);

  /** The occurrence whose turn it is: the one that waits, or the next, when its time has come. */
  function takes(occurrence: string, now: string): void {
    const { queued, nextAt } = is();
    check(
      occurrence === queued || (occurrence === nextAt && nextAt <= now),
      `${occurrence} had a turn that was not its own`,
    );
    check(is().phase === 'active', `${occurrence} had a turn while the schedule is ${is().phase}`);
  }

  function passed(through: string, nextAt: string | undefined): void {
    const { queued, excluded } = is();
    const left = excluded.filter((one) => one > through);
    change('schedules', { nextAt, queued: queued === through ? undefined : queued, excluded: left });
  }

  function fired({ occurrence, runId, nextAt, at: now }: DataOf<'schedule.fired'>): void {
    takes(occurrence, now);
    const { definition, fired: before, open, excluded, queued } = is();
    const { overlap, maxOccurrences = Infinity } = definition;
    check(!before.includes(occurrence), `${occurrence} started a second run`);
    check(!excluded.includes(occurrence), `${occurrence} started a run although it was taken out`);
    check(
      open.length === 0 || (overlap === 'allow' && queued !== occurrence),
      `${occurrence} started a run beside another`,
    );
    check(queued === occurrence || !isBackingOff(is(), now), `${occurrence} started a run too soon after a failure`);
    check(queued === occurrence || !isLeftOut(occurrence, now), `${occurrence} started a run too late`);
    check(before.length < maxOccurrences, `more than ${maxOccurrences} runs were started`);
    saysNext(nextAt, before.length + 1 >= maxOccurrences ? undefined : after(occurrence));
    passed(occurrence, nextAt);
    change('schedules', { fired: [...before, occurrence], open: [...open, { occurrence, runId }] });
    due.set(`start of ${runId}`, occurrence);
  }

  /** Whether nobody wants an occurrence any more that is so late. */
  function isLeftOut(occurrence: string, now: string): boolean {
    const { graceMs, misfire } = is().definition;
    if (elapsed(occurrence, now) <= graceMs || misfire === 'all') return false;
    return misfire === 'skip' || (nextOf(is(), occurrence) ?? '~') <= now;
  }

  function skipped({ occurrence, through, count, why, nextAt, at: now }: DataOf<'schedule.skipped'>): void {
    takes(occurrence, now);
    const row = (TIMETABLES[timetableOf(is().definition.spec)!].due as readonly string[]).filter(
      (one) => one >= occurrence && one <= through,
    );
    check(
      row.length === count && through <= now,
      `${count} occurrences were left out from ${occurrence} to ${through}`,
    );
    const reasons: { readonly [Why in typeof why]: boolean } = {
      excluded: is().excluded.includes(occurrence),
      misfire: row.every((one) => isLeftOut(one, now)),
      overlap: isBusy(is()) && is().definition.overlap !== 'allow',
      backoff: isBackingOff(is(), now),
      refused: true,
    };
    check(reasons[why], `${occurrence} was left out for a reason that is none: ${why}`);
    saysNext(nextAt, after(through));
    passed(through, nextAt);
  }

  function settled({ occurrence, runId, outcome, at: now }: DataOf<'schedule.settled'>): void {
    const { open, failures, lastFailedAt } = is();
    const isOpen = open.some((one) => one.runId === runId && one.occurrence === occurrence);
    check(isOpen && get('runs', runId)?.state === outcome, `${runId} is not ${outcome}, or was not open`);
    const row = outcome === 'failed' ? failures + 1 : outcome === 'done' ? 0 : failures;
    const failedAt = outcome === 'failed' ? now : outcome === 'done' ? undefined : lastFailedAt;
    change('schedules', { open: open.filter((one) => one.runId !== runId), failures: row, lastFailedAt: failedAt });
  }

  return {
    'schedule.created': ({ sessionId, definition, nextAt, at: now }) => {
      check(get('schedules') === undefined, 'a schedule was created twice');
      const none = { open: [], excluded: [], fired: [], failures: 0 };
      put('schedules', { phase: 'active', sessionId, definition, nextAt, ...none });
      saysNext(nextAt, nextOf({ definition }, now));
    },
    'schedule.changed': ({ definition, nextAt, at: now }) => {
      change('schedules', { definition, nextAt });
      saysNext(nextAt, nextOf({ definition }, now));
    },
    'schedule.paused': ({ why }) => {
      check(is().phase === 'active', `a schedule that is ${is().phase} was paused`);
      check(
        why === 'operator' || is().definition.onFailure === 'pause',
        'a schedule paused that goes on after failures',
      );
      change('schedules', { phase: 'paused' });
    },
    'schedule.resumed': ({ nextAt, at: now }) => {
      check(is().phase === 'paused', `a schedule that is ${is().phase} went on`);
      saysNext(nextAt, nextOf(is(), now));
      change('schedules', { phase: 'active', nextAt, failures: 0 });
    },
    'schedule.cancelled': () => {
      check(is().phase !== 'cancelled', 'a schedule was cancelled twice');
      change('schedules', { phase: 'cancelled', nextAt: undefined, queued: undefined });
    },
    'schedule.excluded': ({ occurrence }) => {
      const { excluded, queued, nextAt = '~' } = is();
      check(
        !excluded.includes(occurrence) && (occurrence === queued || occurrence >= nextAt),
        `${occurrence} was taken out`,
      );
      change('schedules', { excluded: [...excluded, occurrence] });
    },
    'schedule.queued': ({ occurrence, nextAt, at: now }) => {
      takes(occurrence, now);
      const { definition, queued } = is();
      check(definition.overlap === 'queue' && queued === undefined, `${occurrence} waits, and must not`);
      saysNext(nextAt, nextOf(is(), occurrence));
      change('schedules', { queued: occurrence, nextAt });
    },
    'schedule.fired': fired,
    'schedule.skipped': skipped,
    'schedule.settled': settled,
  };
}
