import { fromCloudEvent, getHead, readAll, subjectOf, type CloudEvent, type RecordedEvent } from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { continuity, type Continuity } from '../continuity.ts';
import { EXIT } from '../exit-code.ts';
import { connectAsSre } from '../sre-bus.ts';
import { brief } from '../text.ts';

export const tail: Command = {
  usage: `./causeway tail [<filter>] [--from <position>] [--json] [--follow-for <seconds>]

Watches what happens. The filter is a run's id, an event's noun (step, approval, egress, …), its type (step.denied), or a subject with wildcards
(audit.*.denied.*). Every event of the log is looked at, whatever the filter: a gap or a chain that does not hold is told at once.

  --from <position>         begin with what was recorded at this position; default: with what comes now
  --json                    one CloudEvents JSON object a line
  --follow-for <seconds>    stop after this time; default: go on until interrupted`,
  options: { from: { type: 'string' }, json: { type: 'boolean' }, 'follow-for': { type: 'string' } },
  maxPositionals: 1,
  run: async (input, io) => {
    const matches = filterOf(input.positionals[0]);
    const bus = await connectAsSre();
    const seconds = input.count('follow-for', 1, 0);
    const check = continuity((message) => io.err(message));
    const stop = await follow(bus, input, {
      check,
      show: (event, raw) => matches(event) && show(event, raw, input.has('json'), io),
    });
    await untilTold(seconds);
    stop();
    await bus.close();
    return check.broken() ? EXIT.failed : EXIT.ok;
  },
};

type Sink = {
  readonly check: Continuity;
  readonly show: (event: RecordedEvent, raw: CloudEvent | undefined) => unknown;
};

const meta = { id: 'tail', actor: { kind: 'operator' as const, id: 'cli' } };
const decoder = new TextDecoder();

/** Recorded events first, from `--from` on, then live ones; what arrives twice is shown once. */
async function follow(bus: Bus, input: Input, { check, show }: Sink): Promise<() => void> {
  const waiting: CloudEvent[] = [];
  let live = false;
  const take = (message: CloudEvent) => {
    const event = fromCloudEvent(message);
    if (check.next(event)) show(event, message);
  };
  const subscription = bus.subscribe('audit.>', (bytes) => {
    const message = JSON.parse(decoder.decode(bytes)) as CloudEvent;
    if (live) take(message);
    else waiting.push(message);
  });
  const head = await bus.request(getHead, {}, meta, { timeoutMs: 5_000 });
  if (!head.ok) throw new Error(`the ledger does not answer: ${head.rejection.detail}`);
  let position = input.count('from', 0, head.value.nextPosition);
  while (position < head.value.nextPosition) {
    const page = await bus.request(readAll, { fromPosition: position, limit: 500 }, meta, { timeoutMs: 5_000 });
    if (!page.ok) throw new Error(`the log could not be read from ${position}: ${page.rejection.detail}`);
    for (const event of page.value.events) if (check.next(event)) show(event, undefined);
    position = page.value.scannedTo;
  }
  for (const message of waiting) if (message.position >= position) take(message);
  live = true;
  return () => subscription.unsubscribe();
}

/** What a filter lets through; throws UsageError when it can mean nothing. */
export function filterOf(filter: string | undefined): (event: RecordedEvent) => boolean {
  if (filter === undefined) return () => true;
  if (/^[a-z]+$/.test(filter)) return ({ type }) => type.startsWith(`${filter}.`);
  if (/^[a-z]+\.[a-z-]+$/.test(filter)) return ({ type }) => type === filter;
  if (/^[A-Za-z0-9_-]+$/.test(filter)) return ({ scope }) => scope === filter;
  if (!/^audit\.(?:[A-Za-z0-9_*-]+\.)*(?:[A-Za-z0-9_*-]+|>)$/.test(filter))
    throw new UsageError(`"${filter}" is no filter: give a run id, a noun, an event type or a subject`);
  const pattern = new RegExp(`^${filter.split('.').map(tokenPattern).join('\\.')}$`);
  return ({ type, scope }) => pattern.test(subjectOf({ kind: 'audit', type, scope }));
}

const tokenPattern = (token: string): string => (token === '>' ? '.+' : token === '*' ? '[^.]+' : token);

function show(event: RecordedEvent, raw: CloudEvent | undefined, json: boolean, io: Io): void {
  if (json) return io.out(JSON.stringify(raw ?? event));
  const { position, time, type, scope, actor, data, erased } = event;
  io.out(
    `${String(position).padStart(7)}  ${time.slice(11, 23)}  ${type.padEnd(20)} ${scope}  ${actor.kind}:${actor.id}  ${erased ? '(erased) ' : ''}${brief(JSON.stringify(data ?? null), 120)}`,
  );
}

function untilTold(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (seconds > 0) setTimeout(resolve, seconds * 1_000);
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
