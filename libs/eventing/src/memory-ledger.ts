import type { AppendAnswer, AppendRequest, LedgerPort, Recorded } from './ledger-port.ts';

/**
 * The ledger's rules without its durability, for tests of what stands on top of it. It answers after a microtask, so that callers race as
 * they do in life. `beforeAppend` runs before each append and may throw or write, to play a rival or a crash.
 */
export function memoryLedger(
  options: { time?: string; beforeAppend?: (request: AppendRequest) => void | Promise<void> } = {},
): LedgerPort & {
  readonly events: readonly Recorded[];
} {
  const events: Recorded[] = [];
  const byStream = new Map<string, Recorded[]>();
  const written = new Set<string>();
  const answers = new Map<string, AppendAnswer>();
  const versionOf = (stream: string): number => byStream.get(stream)?.length ?? 0;

  function conflictIn(request: AppendRequest): string | undefined {
    for (const { stream, expected } of request.writes) {
      const version = versionOf(stream);
      const fits =
        expected === 'any' ||
        (expected === 'none' ? version === 0 : expected === 'exists' ? version > 0 : version === expected);
      if (!fits) return `${stream} is at version ${version}, not ${expected}`;
    }
    return undefined;
  }

  function refuseReusedIds(request: AppendRequest): void {
    const reused = request.writes.flatMap((write) => write.events).find(({ id }) => written.has(id));
    if (reused === undefined) return;
    throw Object.assign(new Error(`event ${reused.id} was written before`), { code: 'EVENT_ID_REUSED' });
  }

  function keep(event: Recorded): void {
    events.push(event);
    written.add(event.id);
    const before = byStream.get(event.stream);
    if (before) before.push(event);
    else byStream.set(event.stream, [event]);
  }

  function write(request: AppendRequest): AppendAnswer {
    refuseReusedIds(request);
    const conflict = conflictIn(request);
    if (conflict !== undefined) return { appended: false, conflict };
    const firstPosition = events.length;
    for (const { stream, events: pending } of request.writes) {
      for (const { id, type, data, scope, actor } of pending) {
        keep({
          ...{ id, type, data, stream, position: events.length, version: versionOf(stream) + 1 },
          ...{
            time: options.time ?? '2026-01-01T00:00:00.000Z',
            scope: scope ?? stream,
            actor: actor ?? { kind: 'system', id: 'test' },
          },
        });
      }
    }
    return { appended: true, firstPosition, lastPosition: events.length - 1 };
  }

  return {
    events,
    append: async (request) => {
      await options.beforeAppend?.(request);
      const known = answers.get(request.appendId);
      if (known) return known;
      const answer = write(request);
      if (answer.appended) answers.set(request.appendId, answer);
      return answer;
    },
    readStream: async (stream, fromVersion) =>
      (byStream.get(stream) ?? []).filter(({ version }) => version >= fromVersion),
    readAll: async ({ fromPosition, limit, types, scope }) => {
      const page = events.slice(fromPosition, fromPosition + limit);
      return {
        events: page.filter(
          (event) => (!types || types.includes(event.type)) && (scope === undefined || scope === event.scope),
        ),
        scannedTo: fromPosition + page.length,
        nextPosition: events.length,
      };
    },
  };
}
