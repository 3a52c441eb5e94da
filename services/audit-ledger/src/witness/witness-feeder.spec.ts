import { consistencyProof, rootOf } from '@causeway/ledger';
import type { Log } from '@causeway/messaging';
import type { Post } from './post-to-witness.ts';
import { witnessFeeder, type KeptCosignature } from './witness-feeder.ts';
import { leaves, noteOf, stubWitness, witnessKey, witnessOf } from './witness.features.ts';

const witness = witnessOf(witnessKey());
const proof = (from: number, to: number) =>
  consistencyProof(from, to, async (nodes) =>
    nodes.map(({ level, index }) => rootOf(leaves(to).slice(index * 2 ** level, (index + 1) * 2 ** level))),
  );

function feeding(post: Post) {
  const kept: KeptCosignature[] = [];
  const warnings: string[] = [];
  const log: Log = { info: () => {}, error: () => {}, warn: (_facts, text) => void warnings.push(text) };
  const feeder = witnessFeeder({
    ...{ post, proof, log, witnesses: () => [witness], cosignedSize: async () => 0 },
    keep: async (cosignature) => void kept.push(cosignature),
  });
  const offer = (size: number) => feeder.offer({ size, note: noteOf(size) });
  return { feeder, kept, warnings, offer };
}

describe('feeding witnesses', () => {
  it('keeps a cosignature of each checkpoint, asking from the last one on', async () => {
    const stub = stubWitness();
    const { feeder, kept, offer } = feeding(stub.post);
    for (const size of [2, 5]) {
      offer(size);
      await feeder.idle();
    }
    expect([kept.map(({ size }) => size), stub.asked]).toEqual([
      [2, 5],
      [0, 2],
    ]);
    expect(feeder.problemOf(witness.vkey)).toBeUndefined();
  });

  it('shows a slow witness the newest checkpoint only, one question at a time', async () => {
    const stub = stubWitness();
    let atOnce = 0;
    let most = 0;
    const { promise: slept, resolve: wake } = Promise.withResolvers<void>();
    const { feeder, kept, offer } = feeding(async (url, body) => {
      most = Math.max(most, ++atOnce);
      await slept;
      atOnce--;
      return stub.post(url, body);
    });
    for (let size = 1; size <= 6; size++) {
      offer(size);
      await new Promise((resolve) => setImmediate(resolve));
    }
    wake();
    await feeder.idle();
    expect([most, kept.map(({ size }) => size)]).toEqual([1, [1, 6]]);
  });

  it('tells what is wrong once, asks again, and tells nothing when it is right again', async () => {
    const stub = stubWitness();
    let away = true;
    const { feeder, kept, warnings, offer } = feeding((url, body) =>
      away ? Promise.reject(new Error('away')) : stub.post(url, body),
    );
    offer(3);
    await feeder.idle();
    feeder.retry();
    await feeder.idle();
    expect([feeder.problemOf(witness.vkey), warnings.length, kept]).toEqual(['no answer (away)', 1, []]);
    away = false;
    feeder.retry();
    await feeder.idle();
    expect([feeder.problemOf(witness.vkey), kept.map(({ size }) => size)]).toEqual([undefined, [3]]);
    feeder.retry();
    await feeder.idle();
    expect(stub.asked).toEqual([0]);
  });

  it('has nothing to retry before the first checkpoint, and feeds after it all the same', async () => {
    const { feeder, kept, offer } = feeding(stubWitness().post);
    feeder.retry();
    await feeder.idle();
    offer(1);
    await feeder.idle();
    expect(kept).toHaveLength(1);
  });
});
