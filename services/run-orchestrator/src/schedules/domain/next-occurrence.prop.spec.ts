import fc from 'fast-check';
import { nextOccurrence } from './next-occurrence.ts';

const MINUTE_MS = 60_000;
const HORIZON_MINUTES = 3 * 24 * 60;

/** Around changes of time: an hour at night, half an hour, at midnight, and a day that did not exist. */
const PLACES = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00:00Z'],
  ['Asia/Kathmandu', '2026-05-01T00:00:00Z'],
  ['UTC', '2026-12-31T23:00:00Z'],
] as const;

/** A field of a pattern: its text, the values it stands for, and whether it is a wildcard or has a step. */
type Field = { readonly text: string; readonly values: readonly number[]; readonly isInterval: boolean };

const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const field = (from: number, to: number): fc.Arbitrary<Field> => {
  const all = numbers(from, to);
  const value = fc.integer({ min: from, max: to });
  const list = fc.uniqueArray(value, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    fc.constant({ text: '*', values: all, isInterval: true }),
    fc.integer({ min: 2, max: 20 }).map((step) => {
      const values = all.filter((one) => (one - from) % step === 0);
      return { text: `*/${Math.min(step, all.length)}`, values: step > all.length ? [from] : values, isInterval: true };
    }),
    { weight: 3, arbitrary: list.map((values) => ({ text: values.join(','), values, isInterval: false })) },
    fc.tuple(value, value).map(([a, b]) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      return { text: `${low}-${high}`, values: numbers(low, high), isInterval: false };
    }),
  );
};
/** Hours at which clocks are changed come often. */
const hour = fc.oneof(
  field(0, 23),
  fc.constantFrom(0, 1, 2, 3).map((one) => ({ text: String(one), values: [one], isInterval: false })),
);
const any = (values: readonly number[]): Field => ({ text: '*', values, isInterval: true });
const dayOfWeek = fc.oneof({ weight: 3, arbitrary: fc.constant(any(numbers(0, 6))) }, field(0, 6));

type Wall = {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly weekday: number;
  readonly key: number;
};

/** What the clock on the wall shows: its fields, and its reading as if it were UTC, in minutes. */
function wallClock(timeZone: string): (ms: number) => Wall {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    },
  });
  return (ms) => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return wallOf(Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute']) / MINUTE_MS);
  };
}

function wallOf(key: number): Wall {
  const reading = new Date(key * MINUTE_MS);
  const [minute, hourOfDay] = [reading.getUTCMinutes(), reading.getUTCHours()];
  return { minute, hour: hourOfDay, day: reading.getUTCDate(), weekday: reading.getUTCDay(), key };
}

type Pattern = { readonly minute: Field; readonly hour: Field; readonly weekday: Field };
const matches = ({ minute, hour: hours, weekday }: Pattern, wall: Wall): boolean =>
  minute.values.includes(wall.minute) && hours.values.includes(wall.hour) && weekday.values.includes(wall.weekday);

/** Minute by minute, looking at the clock on the wall. */
function naively(pattern: Pattern, timeZone: string, afterMs: number): number | undefined {
  const show = wallClock(timeZone);
  const isWallTime = !pattern.minute.isInterval && !pattern.hour.isInterval;
  const start = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS;
  // The newest reading that the clock has had, from well before on: what is not newer is shown for a second time.
  let newest = Math.max(...numbers(0, 240).map((back) => show(start - back * MINUTE_MS).key));
  for (let at = start + MINUTE_MS; at <= start + HORIZON_MINUTES * MINUTE_MS; at += MINUTE_MS) {
    const wall = show(at);
    const isShownAgain = wall.key <= newest;
    const leftOut = isShownAgain ? [] : numbers(newest + 1, wall.key - 1).map(wallOf);
    newest = Math.max(newest, wall.key);
    if (
      isWallTime ? !isShownAgain && [...leftOut, wall].some((one) => matches(pattern, one)) : matches(pattern, wall)
    ) {
      return at;
    }
  }
  return undefined;
}

describe('the next occurrence of a cron schedule', () => {
  it('is the minute that a watcher of the clock on the wall would name, changes of time included', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PLACES),
        fc.integer({ min: -30 * 60, max: 6 * 60 }),
        fc.record({ minute: field(0, 59), hour, weekday: dayOfWeek }),
        ([timeZone, change], minutes, pattern) => {
          const { minute, hour: hours, weekday } = pattern;
          const afterMs = Date.parse(change) + minutes * MINUTE_MS;
          const expression = `${minute.text} ${hours.text} * * ${weekday.text}`;
          const spec = { kind: 'cron' as const, expression, timeZone };
          const next = nextOccurrence({ spec }, new Date(afterMs).toISOString());
          const expected = naively(pattern, timeZone, afterMs);
          if (expected !== undefined)
            expect([expression, timeZone, next]).toEqual([expression, timeZone, new Date(expected).toISOString()]);
          else expect(Date.parse(next!)).toBeGreaterThan(afterMs + HORIZON_MINUTES * MINUTE_MS);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the next occurrence of a schedule that counts', () => {
  const EPOCH_MS = Date.parse('2026-01-01T00:00:00.000Z');
  const iso = (ms: number): string => new Date(EPOCH_MS + ms).toISOString();

  it('is a whole number of periods from the anchor, later than asked, and the first such', () => {
    const ms = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 500_000 }), ms, ms, (everyMs, anchorMs, afterMs) => {
        const spec = { kind: 'every' as const, everyMs, anchorAt: iso(anchorMs) };
        const nextMs = Date.parse(nextOccurrence({ spec }, iso(afterMs))!) - EPOCH_MS;
        expect(nextMs).toBeGreaterThan(afterMs);
        expect(Math.abs((nextMs - anchorMs) % everyMs)).toBe(0);
        expect(nextMs).toBeGreaterThanOrEqual(anchorMs);
        expect(nextMs === anchorMs || nextMs - everyMs <= afterMs).toBe(true);
      }),
    );
  });
});
