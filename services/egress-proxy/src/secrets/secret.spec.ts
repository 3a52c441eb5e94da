import { format, inspect } from 'node:util';
import { Secret } from './secret.ts';

const VALUE = 'kept-from-all-eyes';

describe('a secret', () => {
  const shown: readonly (readonly [string, (secret: Secret) => string])[] = [
    ['in text', (secret) => `${secret as unknown as string}`],
    ['added to text', (secret) => '' + (secret as unknown as string)],
    ['as JSON', (secret) => JSON.stringify({ secret })],
    ['inspected', (secret) => inspect({ secret }, { depth: 9, showHidden: true })],
    ['formatted', (secret) => format('%s %o %j', secret, secret, secret)],
    ['its members', (secret) => JSON.stringify(Object.entries(secret)) + Object.getOwnPropertyNames(secret).join()],
    [
      'in an error',
      (secret) => new Error('failed', { cause: secret }).stack + inspect(new Error('x', { cause: secret })),
    ],
    ['copied', (secret) => JSON.stringify({ ...secret }) + inspect(structuredCloneOf(secret))],
  ];
  it.each(shown)('shows its name and not its value: %s', (_how, show) => {
    const text = show(new Secret('crm', Buffer.from(VALUE)));
    expect(text).not.toContain(VALUE);
    expect(text).not.toContain(Buffer.from(VALUE).toString('hex'));
  });

  it('is zeros once it is erased, and is not handed out any more', () => {
    const bytes = Buffer.from(VALUE);
    const secret = new Secret('crm', bytes);
    expect(secret.use((value) => value.toString())).toBe(VALUE);
    secret.erase();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => secret.use((value) => value)).toThrow('the secret crm was erased');
    expect(secret.equals(Buffer.alloc(VALUE.length))).toBe(false);
  });
});

function structuredCloneOf(secret: Secret): unknown {
  return structuredClone(secret);
}
