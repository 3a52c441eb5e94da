import fc from 'fast-check';
import type { EventToAppend, Json } from '@causeway/contracts';
import { createVerifier, genesis } from '@causeway/ledger';
import { prepareAppend } from './prepare.ts';
import { sealBatch } from './seal.ts';

const ORIGIN = 'ledger.test/unit/main';
const hex = (digits: string): Uint8Array => Buffer.from(digits, 'hex');
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const data = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    text,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('json'),
      { maxKeys: 3 },
    ),
  ),
})).json;
const event: fc.Arbitrary<EventToAppend & { stream: string }> = fc.record(
  {
    id: fc.uuid({ version: 4 }),
    type: fc.constantFrom('step.unknown', 'run.claimed'),
    stream: fc.constantFrom('a', 'b', 'c'),
    data,
    scope: fc.constantFrom('run_1', 'run_2'),
    correlationId: text,
    causationId: text,
  },
  { requiredKeys: ['id', 'type', 'stream', 'data'] },
);
const events = fc.uniqueArray(event, { selector: ({ id }) => id, minLength: 1, maxLength: 10 });

const prepared = ({ stream, ...pending }: EventToAppend & { stream: string }) => {
  const preparation = prepareAppend(
    { appendId: pending.id, writes: [{ stream, expected: 'any', events: [pending] }] },
    {
      writer: 'run-orchestrator',
      meta: { id: 'm', actor: { kind: 'agent', id: 'scout' } },
      newSalt: () => new Uint8Array(32).fill(9),
    },
  );
  if (!preparation.accepted) throw new Error(preparation.rejection.detail);
  return preparation.append;
};

describe('sealBatch', () => {
  it('makes a log that the verifier finds nothing wrong with, whatever the events say and however they are batched', () => {
    fc.assert(
      fc.property(events, fc.nat({ max: 10 }), (log, cut) => {
        const verifier = createVerifier(ORIGIN);
        const versions = new Map<string, number>();
        let head = { nextPosition: 0, chain: genesis(ORIGIN) };
        for (const batch of [log.slice(0, cut), log.slice(cut)]) {
          const sealed = sealBatch(batch.map(prepared), head, {
            ...{ origin: ORIGIN, time: '2026-01-01T00:00:00.000Z' },
            versionOf: (stream) => versions.get(stream) ?? 0,
          });
          for (const { event: one, leaf, leafHash, chain, position, version } of sealed.events) {
            versions.set(one.stream, version);
            const beside = one.beside ? { data: one.beside.bytes, salt: one.beside.salt } : {};
            const { stream, id, type, scope } = one;
            expect(
              verifier.check({
                position,
                leaf,
                leafHash: hex(leafHash),
                chain: hex(chain),
                stream,
                version,
                id,
                type,
                scope,
                ...beside,
              }),
            ).toEqual([]);
          }
          head = sealed.to;
        }
        expect(verifier.finish(head)).toEqual([]);
      }),
    );
  });
});
