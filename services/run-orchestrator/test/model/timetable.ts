import { EPOCH_MS } from './network.ts';

const MINUTE = 60_000;
const instant = (ms: number): string => new Date(EPOCH_MS + ms).toISOString();
const row = (first: number, everyMs: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => instant(first + index * everyMs));

/**
 * When schedules are due, and by hand when that is. Every world begins at 00:50 UTC on 29 March 2026, ten minutes before clocks in Berlin go from
 * 02:00 to 03:00.
 */
export const TIMETABLES = {
  'every-45-s': {
    spec: { kind: 'every', everyMs: 45_000, anchorAt: instant(20_000) },
    until: instant(5 * MINUTE),
    due: row(20_000, 45_000, 7),
  },
  /** Kathmandu is 5 h 45 min ahead, so that even minutes there are odd ones in UTC. */
  'even-minutes-in-kathmandu': {
    spec: { kind: 'cron', expression: '*/2 * * * *', timeZone: 'Asia/Kathmandu' },
    until: instant(8 * MINUTE),
    due: row(MINUTE, 2 * MINUTE, 4),
  },
  /** There is no 02:30 on that day: it is due once, when the clock has jumped. */
  'in-the-hour-that-is-not-there': {
    spec: { kind: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' },
    until: instant(60 * MINUTE),
    due: [instant(10 * MINUTE)],
  },
  once: { spec: { kind: 'at', at: instant(90_000) }, until: instant(60 * MINUTE), due: [instant(90_000)] },
} as const;
export type TimetableName = keyof typeof TIMETABLES;
export const TIMETABLE_NAMES = Object.keys(TIMETABLES) as readonly TimetableName[];

/** The first instant after this one at which it is due; undefined when there is none. */
export const dueAfter = (name: TimetableName, at: string): string | undefined =>
  (TIMETABLES[name].due as readonly string[]).find((due) => due > at);

/** Which timetable a sealed definition is. */
export const timetableOf = (spec: object): TimetableName | undefined =>
  TIMETABLE_NAMES.find((name) => JSON.stringify(TIMETABLES[name].spec) === JSON.stringify(spec));
