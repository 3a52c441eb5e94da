import fc from 'fast-check';
import { CloudEvent, fromCloudEvent, RecordedEvent, RequestEnvelope, toCloudEvent } from './envelope.ts';

const id = fc.stringMatching(/^[a-z0-9_]{1,12}$/);
/** The ledger takes no `__proto__` keys, and parsing drops them. */
const data = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));

const recorded: fc.Arbitrary<RecordedEvent> = fc.record(
  {
    position: fc.nat(),
    id: fc.uuid(),
    stream: id,
    version: fc.integer({ min: 1, max: 1_000 }),
    type: fc.constantFrom('run.started', 'step.held', 'resource.ingested'),
    schema: fc.integer({ min: 1, max: 9 }),
    time: fc.constant('2026-01-01T00:00:00.000Z'),
    actor: fc.record({
      kind: fc.constantFrom('agent', 'operator', 'clock', 'system'),
      id: fc.stringMatching(/^[a-z0-9]{1,8}$/),
    }),
    correlationId: id,
    causationId: id,
    scope: id,
    data: data as fc.Arbitrary<RecordedEvent['data']>,
    chain: fc.stringMatching(/^[0-9a-f]{64}$/),
    previousChain: fc.stringMatching(/^[0-9a-f]{64}$/),
  },
  {
    requiredKeys: [
      'position',
      'id',
      'stream',
      'version',
      'type',
      'schema',
      'time',
      'actor',
      'scope',
      'chain',
      'previousChain',
    ],
  },
);
const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a recorded event', () => {
  it('comes back from its audit message as it was, data that is null included', () => {
    fc.assert(
      fc.property(recorded, (event) => {
        const sent = JSON.parse(JSON.stringify(event)) as RecordedEvent;
        const message = CloudEvent.parse(overTheWire(toCloudEvent(sent, 'ledger.test')));
        expect(fromCloudEvent(message)).toEqual(sent);
        expect(RecordedEvent.safeParse(fromCloudEvent(message)).success).toBe(true);
      }),
    );
  });

  it('becomes a message whose attribute names are lower-case letters and digits, as CloudEvents wants', () => {
    fc.assert(
      fc.property(recorded, (event) => {
        for (const name of Object.keys(toCloudEvent(event, 'ledger.test'))) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
      }),
    );
  });
});

describe('a request envelope', () => {
  const envelope = { id: 'r', actor: { kind: 'agent', id: 'a' }, data: { anything: [1] } };

  it.each<[string, object]>([
    ['no id', { id: undefined }],
    ['an empty id', { id: '' }],
    ['an id that is too long', { id: 'x'.repeat(129) }],
    ['an unknown kind of actor', { actor: { kind: 'root', id: 'a' } }],
    ['an actor whose id means something on the bus', { actor: { kind: 'agent', id: 'a.>' } }],
    ['a field that it does not have', { role: 'admin' }],
  ])('is refused with %s', (_, change) => {
    expect(RequestEnvelope.safeParse(envelope).success).toBe(true);
    expect(RequestEnvelope.safeParse({ ...envelope, ...change }).success).toBe(false);
  });
});
