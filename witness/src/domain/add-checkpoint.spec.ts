import { EMPTY_ROOT, formatAddCheckpoint, formatCheckpoint, newSigningKey, signNote } from '@causeway/ledger';
import { logKey, ORIGIN, testLog } from '../../test/test-log.features.ts';
import { decide, NOTHING_SEEN, readSubmission, type Seen } from './add-checkpoint.ts';
import type { TrustedLogs } from './trusted-logs.ts';

const log = testLog();
const trusted: TrustedLogs = new Map([[ORIGIN, [log.key]]]);
const seenAt = (size: number): Seen => ({ size, root: log.root(size) });

/** What becomes of a body: the refusal's reason, or the size that would be cosigned. */
function outcome(body: string, seen: Seen, logs = trusted): string | number {
  const read = readSubmission(body, logs);
  if (!read.ok) return read.refusal.reason;
  const decision = decide(read.submission, seen);
  return decision.ok ? decision.seen.size : decision.refusal.reason;
}

describe('a checkpoint is cosigned', () => {
  it.each([
    [0, 0],
    [0, 1],
    [0, 7],
    [3, 7],
    [4, 8],
    [6, 13],
    [7, 7],
  ])('when it continues what was seen: from %p to %p', async (from, to) => {
    expect(outcome(await log.request(from, to), seenAt(from))).toBe(to);
  });

  it('when one of several keys that are trusted signed it, and strangers, too', () => {
    const next = logKey(ORIGIN, 2);
    const stranger = logKey('elsewhere.test/log', 3);
    const note = log.note(4, [stranger, next]);
    const body = formatAddCheckpoint({ oldSize: 0, proof: [], note });
    expect(outcome(body, NOTHING_SEEN, new Map([[ORIGIN, [log.key, next]]]))).toBe(4);
  });

  it('with the lines after its root, as it came', () => {
    const text = `${formatCheckpoint({ origin: ORIGIN, size: 2, root: log.root(2) })}extension\n`;
    const read = readSubmission(`old 0\n\n${signNote(text, [log.key])}`, trusted);
    expect(read).toMatchObject({ ok: true, submission: { text } });
  });
});

describe('nothing is cosigned', () => {
  it('of a log that is not trusted', async () => {
    expect(outcome(await testLog({ origin: 'ledger.test/other' }).request(0, 3), NOTHING_SEEN)).toBe('unknown log');
  });

  it('that a stranger signed', async () => {
    expect(outcome(await testLog({ fill: 9 }).request(0, 3), NOTHING_SEEN)).toBe('not signed');
  });

  it('whose signature is that of another text', async () => {
    const body = (await log.request(0, 3)).replace('\n3\n', '\n4\n');
    expect(outcome(body, NOTHING_SEEN)).toBe('not signed');
  });

  it('that only another witness signed, under the name of the log', () => {
    const witness = newSigningKey(ORIGIN, 'cosignature-v1', new Uint8Array(32).fill(1));
    const note = log.note(3).replace(/\u2014 .*\n$/, signNoteLine(witness.keyId));
    expect(outcome(`old 0\n\n${note}`, NOTHING_SEEN)).toBe('not signed');
  });

  it('when the log does not know what was seen last', async () => {
    expect(outcome(await log.request(3, 9), seenAt(5))).toBe('stale');
    expect(outcome(await log.request(0, 9), seenAt(5))).toBe('stale');
    expect(outcome(await log.request(5, 9), NOTHING_SEEN)).toBe('stale');
  });

  it('when the log was rolled back', async () => {
    const smaller = formatAddCheckpoint({ oldSize: 8, proof: [], note: log.note(5) });
    expect(outcome(smaller, seenAt(8))).toBe('malformed');
    expect(outcome(await log.request(5, 5), seenAt(8))).toBe('stale');
  });

  it('when the log shows two trees of one size', async () => {
    const fork = testLog({ history: ' other', forkedAt: 2 });
    expect(outcome(await fork.request(5, 5), seenAt(5))).toBe('forked');
    expect(outcome(await testLog().request(0, 0), { size: 0, root: log.root(1) })).toBe('forked');
  });

  it('when the tree grew out of another one', async () => {
    const fork = testLog({ history: ' other', forkedAt: 2 });
    expect(outcome(await fork.request(5, 9), seenAt(5))).toBe('inconsistent');
    expect(outcome(await fork.request(2, 9), seenAt(2))).toBe(9);
  });

  it.each([
    ['missing', () => []],
    ['cut', (proof: readonly Uint8Array[]) => proof.slice(1)],
    ['too long', (proof: readonly Uint8Array[]) => [...proof, EMPTY_ROOT]],
    ['turned round', (proof: readonly Uint8Array[]) => [...proof].reverse()],
  ])('when the proof is %s', async (_, change) => {
    const read = readSubmission(await log.request(5, 9), trusted);
    if (!read.ok) throw new Error(read.refusal.detail);
    const submission = { ...read.submission, proof: change(read.submission.proof) };
    expect(decide(submission, seenAt(5))).toMatchObject({ ok: false, refusal: { reason: 'inconsistent' } });
  });

  it.each([
    ['from nothing', 0, 4],
    ['between equal sizes', 4, 4],
  ])('when there is a proof where none belongs: %s', (_, oldSize, size) => {
    const body = formatAddCheckpoint({ oldSize, proof: [EMPTY_ROOT], note: log.note(size) });
    expect(outcome(body, oldSize === 0 ? NOTHING_SEEN : seenAt(oldSize))).toBe('inconsistent');
  });

  const good = `old 0\n\n${log.note(3)}`;
  const hash = 'A'.repeat(43) + '=';
  it.each([
    ['nothing', ''],
    ['a line', 'old 0\n'],
    ['no old size', good.slice('old 0\n'.length)],
    ['an old size with a zero in front', good.replace('old 0', 'old 00')],
    ['a negative old size', good.replace('old 0', 'old -1')],
    ['an old size in words', good.replace('old 0', 'old three')],
    ['a hex old size', good.replace('old 0', 'old 0x1')],
    ['an old size with a space behind', good.replace('old 0', 'old 0 ')],
    ['an old size past any tree', good.replace('old 0', 'old 9007199254740993')],
    ['an old size above that of the checkpoint', good.replace('old 0', 'old 4')],
    ['two old sizes', good.replace('old 0', 'old 0\nold 0')],
    ['carriage returns', good.replaceAll('\n', '\r\n')],
    ['a short hash', good.replace('\n\n', '\nAAAA\n\n')],
    ['a hash in base64url', good.replace('\n\n', `\n${'_'.repeat(43)}=\n\n`)],
    ['64 hashes', good.replace('\n\n', `\n${`${hash}\n`.repeat(64)}\n`)],
    ['no signature', good.slice(0, good.indexOf('\u2014'))],
    ['a note without its last newline', good.slice(0, -1)],
    ['a checkpoint size with a zero in front', good.replace('\n3\n', '\n03\n')],
    ['a checkpoint without a root', good.replace(/\n3\n.*\n/, '\n3\n')],
    ['a character that no note holds', good.replace('\u2014', '\0')],
  ])('for what is no request: %s', (_, body) => {
    expect(outcome(body, NOTHING_SEEN)).toBe('malformed');
  });
});

/** A signature line of the log's name with this key id and 72 bytes that sign nothing. */
function signNoteLine(keyId: number): string {
  const bytes = Buffer.alloc(76);
  bytes.writeUInt32BE(keyId);
  return `\u2014 ${ORIGIN} ${bytes.toString('base64')}\n`;
}
