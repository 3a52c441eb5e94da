import { consistencyProof, cosignedAt, parseNote, parseSignatureLines, rootOf } from '@causeway/ledger';
import { askWitness, type Question } from './ask-witness.ts';
import type { Post } from './post-to-witness.ts';
import { leaves, noteOf, stubWitness, witnessKey, witnessOf } from './witness.features.ts';

const proofFrom = (size: number) => (from: number) =>
  consistencyProof(from, size, async (nodes) =>
    nodes.map(({ level, index }) => rootOf(leaves(size).slice(index * 2 ** level, (index + 1) * 2 ** level))),
  );
const question = (size: number, oldSize: number, key = witnessKey()): Question => ({
  ...{ witness: witnessOf(key), size, oldSize, note: noteOf(size), proofFrom: proofFrom(size) },
});
const answering =
  (status: number, body: string, type = 'text/plain'): Post =>
  async () => ({ status, body, type });

describe('asking a witness', () => {
  it('gets a cosignature line that verifies', async () => {
    const answered = await askWitness(question(5, 0), stubWitness().post);
    if (!answered.cosigned) throw new Error(answered.problem);
    const [signature] = parseSignatureLines(answered.line);
    expect(cosignedAt(parseNote(noteOf(5)).text, signature!, witnessKey())).toBe(1_800_000_000);
    expect(answered.timestampS).toBe(1_800_000_000);
  });

  it('posts to add-checkpoint below the address, with or without a slash at its end', async () => {
    const urls: string[] = [];
    const post: Post = async (url) => {
      urls.push(url);
      return { status: 500, type: '', body: '' };
    };
    for (const url of ['http://w.test', 'http://w.test/', 'http://w.test/a/b'])
      await askWitness({ ...question(1, 0), witness: witnessOf(witnessKey(), url) }, post);
    expect(urls).toEqual([
      'http://w.test/add-checkpoint',
      'http://w.test/add-checkpoint',
      'http://w.test/a/b/add-checkpoint',
    ]);
  });

  it('asks once more from the size that the witness knows', async () => {
    const witness = stubWitness(witnessKey(), 3);
    expect(await askWitness(question(8, 5), witness.post)).toMatchObject({ cosigned: true });
    expect([witness.asked, witness.knows()]).toEqual([[5, 3], 8]);
  });

  it('asks a third time for nothing', async () => {
    const answered = await askWitness(question(8, 5), answering(409, '4\n', 'text/x.tlog.size'));
    expect(answered).toMatchObject({ cosigned: false, problem: expect.stringContaining('409') });
  });

  it('says so when the witness knows a larger log', async () => {
    const answered = await askWitness(question(5, 0), answering(409, '9\n', 'text/x.tlog.size'));
    expect(answered).toMatchObject({ cosigned: false, problem: expect.stringContaining('9 events, more than the 5') });
  });

  it.each([
    ['a cosignature by another key', stubWitness(witnessKey(9)).post, 'no cosignature of this checkpoint'],
    ['a cosignature of something else', answering(200, '— witness.test/one AAAAAAAAAAA=\n'), 'no cosignature'],
    ['no signature line', answering(200, 'thank you'), 'no signature lines'],
    ['an empty answer', answering(200, ''), 'no signature lines'],
    ['a refusal', answering(403, 'unknown key'), 'answered 403: unknown key'],
    ['a size in a wrong type', answering(409, '4\n'), 'answered 409'],
    ['a size that is none', answering(409, '04\n', 'text/x.tlog.size'), 'answered 409'],
    [
      'silence',
      () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
      'no answer (ECONNREFUSED)',
    ],
  ])('takes nothing for a cosignature that is none: %s', async (_what, post, says) => {
    const answered = await askWitness(question(5, 0), post as Post);
    expect(answered).toMatchObject({ cosigned: false, problem: expect.stringContaining(says) });
  });
});
