import { cosignedAt, newSigningKey, parseSignatureLines } from '@causeway/ledger';
import { ORIGIN, testLog } from '../test/test-log.features.ts';
import { NOTHING_SEEN, type Refusal, type Seen } from './domain/add-checkpoint.ts';
import type { Memory } from './memory.ts';
import { createWitness, type WitnessOptions } from './witness.ts';

const log = testLog();
const fork = testLog({ history: ' other', forkedAt: 2 });
const key = newSigningKey('w.test/1', 'cosignature-v1', new Uint8Array(32).fill(7));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const NOW_S = 1_700_000_000;

/** Memory that takes turns of the event loop, as a disk does, and tells what it does. */
function slowMemory(trace: string[] = []): Memory & { seen: Seen } {
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const memory = {
    seen: NOTHING_SEEN,
    recall: async () => {
      await pause();
      return memory.seen;
    },
    keep: async (_origin: string, seen: Seen) => {
      await pause();
      memory.seen = seen;
      trace.push(`kept ${seen.size}`);
    },
  };
  return memory;
}

function witnessOn(change: Partial<WitnessOptions>) {
  const refused: Refusal['reason'][] = [];
  const failures: string[] = [];
  const witness = createWitness({
    ...{ key, memory: slowMemory(), trusted: () => new Map([[ORIGIN, [log.key]]]), nowS: () => NOW_S },
    events: {
      refused: ({ reason }) => refused.push(reason),
      failed: (error) => failures.push(String(error)),
    },
    ...change,
  });
  return { ask: (body: string) => witness.addCheckpoint(bytes(body)), witness, refused, failures };
}

describe('a witness', () => {
  it('answers with its cosignature of the text, and the time of its clock', async () => {
    const { ask } = witnessOn({});
    const { status, contentType, body } = await ask(await log.request(0, 5));
    expect({ status, contentType }).toEqual({ status: 200, contentType: 'text/plain; charset=utf-8' });
    const [signature, ...others] = parseSignatureLines(body);
    const text = log.note(5).slice(0, log.note(5).indexOf('\n\n') + 1);
    expect(cosignedAt(text, signature!, key)).toBe(NOW_S);
    expect(others).toEqual([]);
  });

  it('keeps what it vouches for before it signs', async () => {
    const trace: string[] = [];
    const nowS = () => {
      trace.push('signs');
      return NOW_S;
    };
    const { ask } = witnessOn({ memory: slowMemory(trace), nowS });
    await ask(await log.request(0, 5)).then(() => trace.push('answers'));
    expect(trace).toEqual(['kept 5', 'signs', 'answers']);
  });

  it('gives nothing away when it cannot keep it', async () => {
    const memory = { ...slowMemory(), keep: () => Promise.reject(new Error('disk full')) };
    const { ask, failures } = witnessOn({ memory });
    const { status, body } = await ask(await log.request(0, 5));
    expect(status).toBe(503);
    expect(body).not.toContain('\u2014');
    expect(failures).toEqual(['Error: disk full']);
  });

  it('gives nothing away when it cannot recall, and goes on once it can', async () => {
    const memory = slowMemory();
    let broken = true;
    const recall = () => (broken ? Promise.reject(new Error('unreadable')) : memory.recall(ORIGIN));
    const { ask } = witnessOn({ memory: { ...memory, recall } });
    expect((await ask(await log.request(0, 5))).status).toBe(503);
    broken = false;
    expect((await ask(await log.request(0, 5))).status).toBe(200);
  });

  it('trusts nobody while it is not known whom to trust', async () => {
    const trusted = () => {
      throw new Error('no file');
    };
    const { ask, witness } = witnessOn({ trusted });
    expect((await ask(await log.request(0, 5))).status).toBe(503);
    await expect(witness.status()).rejects.toThrow('no file');
  });

  it('vouches for one history when two ask at the same time', async () => {
    const { ask, refused } = witnessOn({});
    expect((await ask(await log.request(0, 4))).status).toBe(200);
    const bodies = [await log.request(4, 9), await testLog({ history: ' other', forkedAt: 4 }).request(4, 9)];
    const answers = await Promise.all(bodies.map(ask));
    expect(answers.map(({ status }) => status)).toEqual([200, 409]);
    expect(refused).toEqual(['stale']);
  });

  it('says in the media type of the specification which size it knows', async () => {
    const { ask } = witnessOn({});
    await ask(await log.request(0, 5));
    const known = { status: 409, contentType: 'text/x.tlog.size', body: '5\n' };
    expect(await ask(await log.request(3, 9))).toEqual(known);
    expect(await ask(await fork.request(5, 5))).toEqual(known);
  });

  it.each([
    [400, 'nothing', () => Promise.resolve('nothing')],
    [403, 'a stranger’s signature', () => testLog({ fill: 9 }).request(0, 3)],
    [404, 'another log', () => testLog({ origin: 'ledger.test/other' }).request(0, 3)],
    [
      422,
      'a proof that proves nothing',
      async () => (await log.request(0, 3)).replace('old 0\n', `old 0\n${'A'.repeat(43)}=\n`),
    ],
  ])('answers %p to %s', async (status, _, body) => {
    expect((await witnessOn({}).ask(await body())).status).toBe(status);
  });

  it('takes bytes that are not UTF-8 for malformed', async () => {
    const { witness } = witnessOn({});
    expect((await witness.addCheckpoint(Uint8Array.of(0xff, 0xfe, 0x0a))).status).toBe(400);
  });

  it('cosigns the same checkpoint again, and writes nothing for it', async () => {
    const trace: string[] = [];
    const { ask } = witnessOn({ memory: slowMemory(trace) });
    await ask(await log.request(0, 5));
    expect((await ask(await log.request(5, 5))).status).toBe(200);
    expect(trace).toEqual(['kept 5']);
  });

  it('tells how far each log is, and since when', async () => {
    const { ask, witness } = witnessOn({});
    expect(await witness.status()).toEqual([{ origin: ORIGIN, size: 0 }]);
    await ask(await log.request(0, 5));
    expect(await witness.status()).toEqual([{ origin: ORIGIN, size: 5, cosignedAt: NOW_S }]);
  });
});
