import { isOutgrown } from './outgrown.ts';

const seen = { intercepted: { certificateSha256: 'a'.repeat(64), requests: 0 } };

describe('a tunnel that stands', () => {
  it('is outgrown by a policy that looks into such tunnels, unless it is looked into', () => {
    expect(isOutgrown({}, 'a.example.org', { intercept: ['*.example.org'] })).toBe(true);
    expect(isOutgrown({}, 'a.example.org', { intercept: ['b.example.org'] })).toBe(false);
    expect(isOutgrown(seen, 'a.example.org', { intercept: ['*.example.org'] })).toBe(false);
  });
});
