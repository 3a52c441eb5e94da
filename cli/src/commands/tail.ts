import { getHead, subjectOf, toCloudEvent, type RecordedEvent } from '@causeway/contracts';
import { followLog, ledgerClient, type Bus, type Follower } from '@causeway/messaging';
import { sentenceFor } from '@causeway/story';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { continuity } from '../continuity.ts';
import { EXIT } from '../exit-code.ts';
import { connectAsSre } from '../sre-bus.ts';
import { outage } from '../outage.ts';
import { shown } from '../text.ts';

export const tail: Command = {
  usage: `./causeway tail [<filter>] [--from <position>] [--json] [--follow-for <seconds>]

Tells what happens, as it happens. The filter is a run's id, an event's noun (step, approval, egress, …), its type (step.denied), or a subject with
wildcards (audit.*.denied.*). Every event of the log is looked at, whatever the filter: a gap or a chain that does not hold is told at once. When bus or
ledger are away it waits, and then tells what it missed.

  --from <position>         begin with what was recorded at this position; default: with what comes now
  --json                    one CloudEvents JSON object a line
  --follow-for <seconds>    stop after this time; default: go on until interrupted

Ends with 1 when the log had a gap or its chain did not hold.`,
  options: { from: { type: 'string' }, json: { type: 'boolean' }, 'follow-for': { type: 'string' } },
  maxPositionals: 1,
  run: async (input, io) => {
    const matches = filterOf(input.positionals[0]);
    const seconds = input.count('follow-for', 1, 0);
    const bus = await connectAsSre();
    const check = continuity((message) => io.err(message));
    const take = (event: RecordedEvent, origin: string): void => {
      if (check.next(event) && matches(event))
        io.out(input.has('json') ? JSON.stringify(toCloudEvent(event, origin)) : storyLine(event));
    };
    const follower = await follow(bus, input, { io, take, onShorter: check.shorter });
    await untilTold(seconds, io);
    await follower.stop();
    await bus.close();
    return check.broken() ? EXIT.failed : EXIT.ok;
  },
};

type Sink = {
  readonly io: Io;
  readonly take: (event: RecordedEvent, origin: string) => void;
  readonly onShorter: (nextPosition: number) => void;
};

const meta = { id: 'tail', actor: { kind: 'operator' as const, id: 'cli' } };

/** Live events while they come without a gap, the ledger itself for everything else. */
async function follow(bus: Bus, input: Input, { io, take, onShorter }: Sink): Promise<Follower> {
  const head = await bus.request(getHead, {}, meta, { timeoutMs: 5_000 });
  if (!head.ok) throw new Error(`the ledger does not answer: ${head.rejection.detail}`);
  const { origin, nextPosition } = head.value;
  const away = outage((message) => io.err(message));
  const ledger = ledgerClient({ bus, writer: 'sre' });
  return followLog({
    bus,
    ledger: {
      ...ledger,
      readAll: async (query) => {
        const page = await ledger.readAll(query);
        away.over();
        onShorter(page.nextPosition);
        return page;
      },
    },
    from: input.count('from', 0, nextPosition),
    apply: async (events, { to }) => {
      for (const event of events) take(event as unknown as RecordedEvent, origin);
      return to;
    },
    log: { info: () => undefined, warn: away.begun, error: away.begun },
  });
}

/** Position, time in UTC, type and sentence of an event, and what it belongs to. */
export function storyLine({ position, time, type, data, scope, actor }: RecordedEvent): string {
  const sentence = shown(sentenceFor(type, data).replaceAll(/\s+/g, ' '));
  const at = `${String(position).padStart(7)}  ${time.slice(11, 23)}  ${type.padEnd(20)}`;
  return `${at} ${sentence}  [${scope}, ${actor.kind} ${shown(actor.id)}]`;
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

function untilTold(seconds: number, { ended }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (seconds > 0) setTimeout(resolve, seconds * 1_000);
    if (ended) return void ended.then(resolve);
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
