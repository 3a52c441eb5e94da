import type { Append, Appended, ExpectedVersion, RecordedEvent, ReplyEnvelope } from '@causeway/contracts';

/** What one client sent and was told, with the times of one clock for all processes, in microseconds. */
export type Told = {
  readonly append: Append;
  readonly sentAt: number;
  readonly toldAt: number;
  readonly reply: ReplyEnvelope<Appended>;
};
export type Entry = Pick<RecordedEvent, 'position' | 'id' | 'stream' | 'version' | 'type' | 'data'>;

type Success = Told & { readonly answer: Appended };
type Complain = (what: string) => void;

/**
 * Whether the log, read in its order, explains every answer: one append after the other, with nothing but maps and none of the ledger's own
 * code. Returns what it does not explain, in words; nothing when all is well. `first` is where the clients' events begin.
 */
export function unexplained(all: readonly Told[], log: readonly Entry[], first = 0): readonly string[] {
  const complaints: string[] = [];
  const complain: Complain = (what) => complaints.push(what);
  const successes = all.flatMap((told) => (told.reply.ok ? [{ ...told, answer: told.reply.value }] : []));
  const placeOf = new Map(log.map(({ id, position }) => [id, position]));
  if (placeOf.size !== log.length) complain('an event id is in the log twice');

  replay(successes, { log, first }, complain);
  const times = timesOf(successes);
  for (const [position, known] of firstKnown(successes)) checkTime(position, known, times, complain);
  const history = versionsOverTime(log);
  for (const told of all) if (!told.reply.ok) checkRefusal(told, { placeOf, times, history, log }, complain);
  return complaints;
}

const eventsOf = ({ writes }: Append) =>
  writes.flatMap(({ stream, events }) => events.map((event) => ({ stream, event })));

const fits = (expected: ExpectedVersion, version: number): boolean =>
  expected === 'any' ||
  expected === version ||
  (expected === 'none' ? version === 0 : expected === 'exists' && version > 0);

type Replayed = { readonly log: readonly Entry[]; readonly first: number };

/** Every success, once for each place in the log, in order: each must fit at its turn, be there as sent, and leave nothing over. */
function replay(successes: readonly Success[], { log, first: start }: Replayed, complain: Complain): void {
  const byPlace = new Map<number, Success>();
  for (const success of successes) {
    const { firstPosition } = success.answer;
    const first = byPlace.get(firstPosition);
    if (!first) byPlace.set(firstPosition, success);
    else if (!isSameAnswer(first, success)) complain(`two answers for the append at ${firstPosition}`);
  }
  const versions = new Map<string, number>();
  let end = start;
  for (const [position, success] of [...byPlace].sort(([a], [b]) => a - b)) {
    if (position !== end) complain(`after ${end} comes an append at ${position}`);
    end = success.answer.lastPosition + 1;
    place(success, versions, log, complain);
  }
  if (end !== log.length) complain(`the appends end at ${end}, the log at ${log.length}`);
}

const isSameAnswer = (one: Success, other: Success): boolean =>
  JSON.stringify(one.answer) === JSON.stringify(other.answer) &&
  JSON.stringify(eventsOf(one.append)) === JSON.stringify(eventsOf(other.append));

function place(
  { append, answer }: Success,
  versions: Map<string, number>,
  log: readonly Entry[],
  complain: Complain,
): void {
  const { firstPosition: first, lastPosition: last } = answer;
  for (const { stream, expected } of append.writes) {
    const version = versions.get(stream) ?? 0;
    if (!fits(expected, version)) complain(`${first}: ${stream} was at ${version}, and ${expected} was accepted`);
  }
  const events = eventsOf(append);
  if (last !== first + events.length - 1) complain(`${first}: ${events.length} events do not end at ${last}`);
  for (const [index, sent] of events.entries()) {
    const version = (versions.get(sent.stream) ?? 0) + 1;
    versions.set(sent.stream, version);
    if (!isAt(log, first + index, { ...sent, version })) complain(`${first + index}: another event was sent`);
  }
  for (const { stream } of append.writes)
    if (answer.versions[stream] !== versions.get(stream))
      complain(`${first}: the answer names another version of ${stream}`);
}

type Sent = ReturnType<typeof eventsOf>[number] & { readonly version: number };

function isAt(log: readonly Entry[], position: number, { stream, version, event }: Sent): boolean {
  const found = log[position];
  const parts = ({ id, type, data }: Pick<Entry, 'id' | 'type' | 'data'>, at: string, as: number, place: number) =>
    JSON.stringify([place, id, at, as, type, data]);
  return (
    found !== undefined &&
    parts(found, found.stream, found.version, found.position) ===
      parts({ id: event.id, type: event.type, data: event.data }, stream, version, position)
  );
}

/** What was acknowledged when: no answer may contradict what was known before it was asked for. */
type Times = {
  /** How far the log reached for certain at this time. */
  readonly atLeast: (time: number) => number;
  /** How far it can have reached at most: the first append that was only sent later. */
  readonly atMost: (time: number) => number;
};

function timesOf(successes: readonly Success[]): Times {
  const lasts = new Map(successes.map(({ answer }) => [answer.firstPosition, answer.lastPosition]));
  const known = [...firstKnown(successes)];
  const byTime = (times: [number, number][]): [number, number][] => times.sort(([, a], [, b]) => a - b);
  const told = byTime(known.map(([at, { toldAt }]) => [at, toldAt]));
  const sent = byTime(known.map(([at, { sentAt }]) => [at, sentAt]));
  const reached: number[] = [];
  for (const [at] of told) reached.push(Math.max(reached.at(-1) ?? 0, lasts.get(at)! + 1));
  const limits: number[] = [];
  for (const [at] of [...sent].reverse()) limits.push(Math.min(limits.at(-1) ?? Infinity, at));
  limits.reverse();
  return {
    atLeast: (time) => reached[countBefore(told, time) - 1] ?? 0,
    atMost: (time) => limits[countBefore(sent, time)] ?? Infinity,
  };
}

/** How many of these, in order of their times, lie before this time. */
function countBefore(sorted: readonly (readonly [number, number])[], time: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]![1] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Known = { readonly sentAt: number; readonly toldAt: number };

/** When each append was first sent and first answered, by its place. */
function firstKnown(successes: readonly Success[]): ReadonlyMap<number, Known> {
  const known = new Map<number, Known>();
  for (const { answer, sentAt, toldAt } of successes) {
    const before = known.get(answer.firstPosition) ?? { sentAt, toldAt };
    known.set(answer.firstPosition, {
      sentAt: Math.min(before.sentAt, sentAt),
      toldAt: Math.min(before.toldAt, toldAt),
    });
  }
  return known;
}

/** What was sent after others were acknowledged stands behind them. */
function checkTime(position: number, { sentAt, toldAt }: Known, times: Times, complain: Complain): void {
  if (position < times.atLeast(sentAt)) complain(`${position} stands before what was acknowledged when it was sent`);
  if (position >= times.atMost(toldAt)) complain(`${position} stands behind what was only sent after its answer`);
}

/** Version of each stream after each of its events, with the position of that event. */
function versionsOverTime(log: readonly Entry[]): ReadonlyMap<string, readonly number[]> {
  const history = new Map<string, number[]>();
  for (const { stream, position } of log) history.set(stream, [...(history.get(stream) ?? []), position]);
  return history;
}

type Surroundings = {
  readonly placeOf: ReadonlyMap<string, number>;
  readonly times: Times;
  readonly history: ReadonlyMap<string, readonly number[]>;
  readonly log: readonly Entry[];
};

function checkRefusal(told: Told, around: Surroundings, complain: Complain): void {
  if (told.reply.ok) return;
  const { code } = told.reply.rejection;
  if (code === 'VERSION_CONFLICT') checkConflict(told, around, complain);
  else if (code === 'EVENT_ID_REUSED') checkReuse(told, around, complain);
  else complain(`${told.append.appendId} was refused with ${code}`);
}

/** The version that a conflict names was the stream's at some moment between question and answer, and it did not fit. */
function checkConflict(
  { append, reply, sentAt, toldAt }: Told,
  { placeOf, times, history }: Surroundings,
  complain: Complain,
): void {
  const { stream, version, expected } = (reply.ok ? {} : reply.rejection.facts) as {
    stream: string;
    version: number;
    expected: ExpectedVersion;
  };
  const asked = append.writes.find((write) => write.stream === stream);
  if (asked?.expected !== expected || fits(expected, version))
    complain(`${append.appendId}: ${version} fits ${expected}`);
  const { from, to } = prefixesAt(version, history.get(stream) ?? []);
  // Refused first and appended when it was sent again: the refusal came before that.
  const own = placeOf.get(eventsOf(append)[0]!.event.id) ?? Infinity;
  const isSo = from <= Math.min(times.atMost(toldAt), own) && to >= times.atLeast(sentAt);
  if (from === Infinity || !isSo)
    complain(`${append.appendId}: ${stream} was not at ${version} between question and answer`);
}

/** The stream is at this version in every prefix of the log that holds its event, and ends before the next one of the stream. */
function prefixesAt(version: number, positions: readonly number[]): { readonly from: number; readonly to: number } {
  const from = version === 0 ? 0 : (positions[version - 1] ?? Infinity) + 1;
  return { from, to: positions[version] ?? Infinity };
}

/** One of its ids stands for other content, which was there before the answer. */
function checkReuse({ append, toldAt }: Told, { placeOf, times, log }: Surroundings, complain: Complain): void {
  const isOther = eventsOf(append).some(({ stream, event }) => {
    const place = placeOf.get(event.id);
    if (place === undefined || place >= times.atMost(toldAt)) return false;
    const stored = log[place]!;
    return stored.stream !== stream || JSON.stringify(stored.data) !== JSON.stringify(event.data);
  });
  if (!isOther) complain(`${append.appendId} was refused as a reuse of ids, but none stands for anything else`);
}
