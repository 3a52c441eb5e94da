import type { Append, EventToAppend } from '@causeway/contracts';
import { MAX_ERASABLE_BYTES, MAX_EVENTS, MAX_INLINE_BYTES, prepareAppend, type Preparation } from './prepare.ts';

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const event = (change: Partial<EventToAppend> = {}): EventToAppend => ({
  ...{ id: uuid(1), type: 'step.unknown', data: { reason: 'x' } },
  ...change,
});
const appendOf = (...events: EventToAppend[]): Append => ({
  appendId: uuid(99),
  writes: [{ stream: 'run_1', expected: 'any', events }],
});
const meta = { id: 'm', actor: { kind: 'agent', id: 'scout' } as const, correlationId: 'run_1' };
const origination = { writer: 'run-orchestrator', meta, newSalt: () => new Uint8Array(32).fill(5) };
const prepare = (append: Append, change: Partial<typeof origination> = {}): Preparation =>
  prepareAppend(append, { ...origination, ...change });
const refusal = (preparation: Preparation) => (preparation.accepted ? undefined : preparation.rejection);
const prepared = (preparation: Preparation) => {
  if (!preparation.accepted) throw new Error(preparation.rejection.detail);
  return preparation.append;
};

describe('prepareAppend', () => {
  it('puts small structural data in line', () => {
    const [only] = prepared(prepare(appendOf(event({ data: { b: 1, a: [true] } })))).events;
    expect(only).toMatchObject({ leafData: '{"inline":{"a":[true],"b":1}}', schema: 1 });
    expect(only).not.toHaveProperty('beside');
  });

  it('commits to members that can be erased and keeps them beside', () => {
    const [only] = prepared(
      prepare(appendOf(event({ type: 'run.claimed', data: { note: 'done', claimedBy: 'scout' } }))),
    ).events;
    expect(only!.leafData).toMatch(
      /^\{"alg":"sha256","hash":"[0-9a-f]{64}","inline":\{"claimedBy":"scout"\},"len":15\}$/,
    );
    expect(Buffer.from(only!.beside!.bytes).toString()).toBe('{"note":"done"}');
  });

  it('takes scope, actor and correlation from the request where the event names none', () => {
    const [plain, own] = prepared(
      prepare(
        appendOf(
          event(),
          event({ id: uuid(2), scope: 'run_2', actor: { kind: 'clock', id: 'timer' }, correlationId: 'c' }),
        ),
      ),
    ).events;
    expect(plain).toMatchObject({ scope: 'run_1', actor: meta.actor, correlationId: 'run_1' });
    expect(own).toMatchObject({ scope: 'run_2', actor: { kind: 'clock', id: 'timer' }, correlationId: 'c' });
  });

  it('has the same digest for the same content, whatever is expected and whatever the salt', () => {
    const claimed = event({ type: 'run.claimed', data: { note: 'done' } });
    const request = appendOf(claimed);
    const again: Append = { appendId: uuid(98), writes: [{ ...request.writes[0]!, expected: 7 }] };
    const other = { newSalt: () => new Uint8Array(32).fill(6) };
    expect(prepared(prepare(again, other)).contentHash).toEqual(prepared(prepare(request)).contentHash);
  });

  it('has another digest for another text beside the leaf', () => {
    const claimed = (note: string) => appendOf(event({ type: 'run.claimed', data: { note } }));
    expect(prepared(prepare(claimed('a'))).contentHash).not.toEqual(prepared(prepare(claimed('b'))).contentHash);
  });

  it.each([
    ['data', { data: { reason: 'y' } }],
    ['type', { type: 'run.claimed' }],
    ['scope', { scope: 'run_9' }],
    ['actor', { actor: { kind: 'clock', id: 'scout' } as const }],
    ['cause', { causationId: 'e' }],
    ['id', { id: uuid(7) }],
  ])('has another digest for another %s', (_, change) => {
    const same = prepared(prepare(appendOf(event()))).contentHash;
    expect(prepared(prepare(appendOf(event(change)))).contentHash).not.toEqual(same);
  });

  it('refuses an event type that nobody declared', () => {
    expect(refusal(prepare(appendOf(event({ type: 'step.vanished' }))))).toMatchObject({ code: 'EVENT_TYPE_UNKNOWN' });
  });

  it.each(['egress.completed', 'resource.ingested'])('refuses %s from a service that does not own it', (type) => {
    expect(refusal(prepare(appendOf(event({ type }))))).toMatchObject({ code: 'EVENT_NOT_OWNED' });
  });

  it.each([
    ['a fraction', { price: 1.5 }, 'price'],
    ['a key __proto__', JSON.parse('{"deep":[{"__proto__":1}]}') as never, 'deep.0.__proto__'],
    ['half a surrogate pair', { text: '\ud800' }, 'text'],
    ['no data at all', undefined as never, ''],
  ])('refuses %s and names the field', (_, data, path) => {
    const rejection = refusal(prepare(appendOf(event(), event({ id: uuid(2), data }))));
    const full = `writes.0.events.1.data${path && `.${path}`}`;
    expect(rejection).toMatchObject({ code: 'EVENT_DATA_INVALID', errors: [{ path: full }] });
  });

  it('bounds data in line and data beside', () => {
    const text = (size: number) => 'x'.repeat(size - 2);
    expect(prepare(appendOf(event({ data: text(MAX_INLINE_BYTES) }))).accepted).toBe(true);
    expect(refusal(prepare(appendOf(event({ data: text(MAX_INLINE_BYTES + 1) }))))?.code).toBe('EVENT_DATA_INVALID');
    const noteOf = (size: number) => ({ note: text(size - '{"note":}'.length) });
    const beside = (size: number) => appendOf(event({ type: 'run.claimed', data: noteOf(size) }));
    expect(prepare(beside(MAX_ERASABLE_BYTES)).accepted).toBe(true);
    expect(refusal(prepare(beside(MAX_ERASABLE_BYTES + 1)))?.code).toBe('EVENT_DATA_INVALID');
  });

  it('refuses one id for two events, however it is written', () => {
    const id = 'abcdef00-0000-4000-8000-000000000001';
    expect(refusal(prepare(appendOf(event({ id }), event({ id: id.toUpperCase() }))))?.code).toBe('EVENT_ID_REUSED');
  });

  it('refuses more events than a batch holds', () => {
    const many = Array.from({ length: MAX_EVENTS + 1 }, (_, n) => event({ id: uuid(n) }));
    expect(refusal(prepare(appendOf(...many)))?.code).toBe('REQUEST_INVALID');
  });

  it.each([
    ['no actor', { id: 'm' }],
    ['an actor of no known kind', { id: 'm', actor: { kind: 'ghost', id: 'x' } }],
    ['a correlation id that is no text', { ...meta, correlationId: 7 }],
    ['half a surrogate pair as correlation id', { ...meta, correlationId: '\udc00' }],
  ])('refuses a request with %s', (_, wrong) => {
    expect(refusal(prepare(appendOf(event()), { meta: wrong as never }))?.code).toBe('REQUEST_INVALID');
  });
});
