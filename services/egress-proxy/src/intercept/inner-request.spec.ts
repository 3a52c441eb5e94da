import { forwardProblem } from '../proxy/raw-request.ts';
import { innerRequest, noRequest } from './inner-request.ts';

const at = { host: 'a.example.org', port: 443 };
const raw = (target: string, host = 'a.example.org') => ({
  ...{ method: 'GET', target, httpVersion: '1.1', rawHeaders: ['Host', host] },
});
const problemOf = (target: string, host?: string): string | undefined => {
  const inner = innerRequest(raw(target, host), at);
  return inner.problem ?? forwardProblem(inner.raw);
};

describe('a request inside of a tunnel', () => {
  it('is one in absolute form for the host of the tunnel', () => {
    expect(innerRequest(raw('/a?b=1'), at).raw.target).toBe('https://a.example.org:443/a?b=1');
    expect(innerRequest(raw('/'), { host: '::1', port: 8443 }).raw.target).toBe('https://[::1]:8443/');
    expect(problemOf('/a?b=1')).toBeUndefined();
    expect(problemOf('/a', 'a.example.org:443')).toBeUndefined();
  });

  it.each([
    'https://a.example.org/',
    'https://evil.example.org/',
    'evil.example.org:443',
    '*',
    '',
    'a',
    '@evil.example.org/',
  ])('is none with the target %j', (target) =>
    expect(problemOf(target)).toBe('inside of a tunnel the target of a request must be a path'),
  );

  it.each(['evil.example.org', 'a.example.org:444', 'a.example.org@evil.example.org', 'a.example.org/x', ''])(
    'is none with the Host %j',
    (host) => expect(problemOf('/', host)).toBe('its Host is not the host and port of its target'),
  );

  it.each(['//evil.example.org/', '/\\evil.example.org/', '/a/../b', '/%2e%2e/'])(
    'goes nowhere else with the path %j',
    (path) => {
      const { raw: whole } = innerRequest(raw(path), at);
      expect(whole.target.startsWith('https://a.example.org:443/')).toBe(true);
    },
  );

  it('that is none says what was wrong', () => {
    expect(noRequest(at, 'odd')).toMatchObject({ problem: 'odd', raw: { target: 'https://a.example.org:443/' } });
  });
});
