import type { ScheduleDefinition, ScheduleSpec } from '@causeway/contracts';
import { Cron } from 'croner';

type When = Pick<ScheduleDefinition, 'spec' | 'until'>;

/**
 * The first instant after `after` at which a schedule is due, ISO 8601 in UTC; undefined when there is none. It follows from the definition
 * alone, never from when a run ended.
 *
 * Cron: five fields, in a time zone of the IANA database. A pattern with neither wildcard nor step in minute and hour names times of the clock
 * on the wall: one that a change of time leaves out is due once, right after the gap, and one that comes twice is due the first time only. Any
 * other pattern is an interval: it goes by the time that passes, and is due whenever the wall clock shows a time of it.
 *
 * Throws RangeError when the definition cannot be read: {@link specProblem} tells before.
 */
export function nextOccurrence({ spec, until }: When, after: string): string | undefined {
  const next = nextOf(spec, Date.parse(after));
  return next === undefined || (until !== undefined && next > Date.parse(until)) ? undefined : isoOf(next);
}

function nextOf(spec: ScheduleSpec, afterMs: number): number | undefined {
  switch (spec.kind) {
    case 'at': {
      const atMs = Date.parse(spec.at);
      return atMs > afterMs ? atMs : undefined;
    }
    case 'every': {
      const anchorMs = Date.parse(spec.anchorAt);
      if (anchorMs > afterMs) return anchorMs;
      return anchorMs + (Math.floor((afterMs - anchorMs) / spec.everyMs) + 1) * spec.everyMs;
    }
    case 'cron':
      return cronOf(spec).nextRun(new Date(afterMs))?.getTime();
  }
}

function cronOf({ expression, timeZone }: Extract<ScheduleSpec, { kind: 'cron' }>): Cron {
  try {
    return new Cron(expression, {
      timezone: timeZone,
      mode: '5-part',
      fixedTimeRule: 'no-wildcard',
      paused: true,
    });
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const FIVE_FIELDS = /^\s*\S+(\s+\S+){4}\s*$/;

/** What is wrong with a definition that is due never, and where; undefined when it is due after `after`. */
export function specProblem(
  definition: When,
  after: string,
): { readonly path: string; readonly message: string } | undefined {
  const { spec } = definition;
  if (spec.kind === 'cron' && !FIVE_FIELDS.test(spec.expression)) {
    return {
      path: 'spec.expression',
      message: 'has to have five fields: minute, hour, day of month, month, day of week',
    };
  }
  try {
    if (nextOccurrence(definition, after) !== undefined) return undefined;
  } catch (error) {
    const isZone = spec.kind === 'cron' && !isTimeZone(spec.timeZone);
    return isZone
      ? { path: 'spec.timeZone', message: `«${spec.timeZone}» is not in the IANA time zone database` }
      : {
          path: 'spec.expression',
          message: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        };
  }
  return {
    path: 'spec',
    message: `is never due after ${after}${definition.until ? ` and by ${definition.until}` : ''}`,
  };
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
