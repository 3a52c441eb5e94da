import {
  authorityOf,
  fieldProblem,
  forwardProblem,
  sendableHeaders,
  tunnelProblem,
  type RawRequest,
} from './raw-request.ts';

const request = (over: Partial<RawRequest> = {}, ...more: readonly string[]): RawRequest => ({
  ...{ method: 'GET', target: 'http://a.example.org/x', httpVersion: '1.1' },
  rawHeaders: ['Host', 'a.example.org', ...more],
  ...over,
});

describe('the fields of a request to the proxy', () => {
  it.each([
    ['Host', 'b'],
    ['Content-Type', 'a/b'],
    ['Proxy-Authorization', 'Basic x'],
    ['Content-Length', '1'],
  ])('have %s once', (name, value) => {
    const raw = { rawHeaders: [name, value, name.toUpperCase(), value] };
    expect(fieldProblem(request(raw))).toContain('twice');
  });

  it.each([
    ['gzip, chunked', 'transfer encoding'],
    ['xchunked', 'transfer encoding'],
    ['identity', 'transfer encoding'],
  ])('have no transfer encoding %s', (value, said) => {
    expect(fieldProblem(request({}, 'Transfer-Encoding', value))).toContain(said);
  });

  it('have a length or a transfer encoding', () => {
    expect(fieldProblem(request({}, 'Transfer-Encoding', 'chunked'))).toBeUndefined();
    expect(fieldProblem(request({}, 'Transfer-Encoding', 'chunked', 'Content-Length', '1'))).toContain('length');
  });

  it('ask for no other protocol', () => {
    expect(fieldProblem(request({}, 'Upgrade', 'websocket'))).toContain('switch');
  });

  it('did not pass this proxy before', () => {
    expect(fieldProblem(request({}, 'Via', '1.1 other'))).toBeUndefined();
    expect(fieldProblem(request({}, 'Via', '1.0 fred, 1.1  Causeway-Egress (x)'))).toContain('circle');
  });

  it('are few and short', () => {
    const many = Array.from({ length: 64 }, (_, n) => [`x-${n}`, 'y']).flat();
    expect(fieldProblem(request({}, ...many))).toContain('64');
    expect(fieldProblem(request({}, 'Accept', 'x'.repeat(1_025)))).toContain('1024');
  });
});

describe('absolute form', () => {
  it('names the same host and port twice', () => {
    expect(forwardProblem(request())).toBeUndefined();
    expect(forwardProblem(request({ rawHeaders: ['Host', 'A.example.org.:80'] }))).toBeUndefined();
    for (const host of [
      'b.example.org',
      'a.example.org:81',
      'a.example.org/x',
      'u@a.example.org',
      'a.example.org?',
      '',
    ])
      expect(forwardProblem(request({ rawHeaders: ['Host', host] }))).toContain('Host');
    expect(forwardProblem(request({ rawHeaders: [] }))).toContain('no Host');
  });

  it.each([
    '/x',
    '*',
    'a.example.org/x',
    'http:/a.example.org',
    'http://u@a.example.org/x',
    'ftp://a.example.org/',
    'http://a.example.org/%2e/',
  ])('is not %s', (target) => {
    expect(forwardProblem(request({ target }))).toContain('not used');
  });

  it.each(['0.9', '1.0', '2.0'])('is not spoken in HTTP/%s', (httpVersion) => {
    expect(forwardProblem(request({ httpVersion }))).toContain(httpVersion);
  });
});

describe('the target of CONNECT', () => {
  it.each([
    ['a.example.org:443', { host: 'a.example.org', port: 443 }],
    ['A.Example.org:8443', { host: 'a.example.org', port: 8443 }],
    ['[2606:4700::1]:443', { host: '2606:4700::1', port: 443 }],
    ['127.0.0.1:443', { host: '127.0.0.1', port: 443 }],
  ])('%s is read', (target, authority) => {
    expect(authorityOf(target)).toEqual(authority);
  });

  it.each([
    ...['a.example.org', 'a.example.org:', ':443', 'a.example.org:0', 'a.example.org:0443', 'a.example.org:65536'],
    ...[
      'u@a.example.org:443',
      'https://a.example.org:443',
      'a.example.org:443/',
      '[a.example.org]:443',
      '[::1%25lo]:443',
    ],
    ...['a b:443', 'a..b:443', '::1:443', '%61.example.org:443', '\u2460.example.org:443', 'a.example.org:443#'],
  ])('%s is not', (target) => {
    expect(authorityOf(target)).toBeUndefined();
  });

  it('has the same Host, or none in HTTP/1.0, and no body', () => {
    const tunnel = (over: Partial<RawRequest>) =>
      tunnelProblem(request({ method: 'CONNECT', target: 'a.example.org:443', ...over }));
    expect(tunnel({ rawHeaders: ['Host', 'a.example.org:443'] })).toBeUndefined();
    expect(tunnel({ rawHeaders: ['Host', 'a.example.org'] })).toBeUndefined();
    expect(tunnel({ rawHeaders: [], httpVersion: '1.0' })).toBeUndefined();
    expect(tunnel({ rawHeaders: [] })).toContain('no Host');
    expect(tunnel({ rawHeaders: ['Host', 'b.example.org:443'] })).toContain('Host');
    expect(tunnel({ rawHeaders: ['Host', 'a.example.org:443', 'Content-Length', '1'] })).toContain('body');
    expect(tunnel({ rawHeaders: ['Host', 'a.example.org:443', 'Transfer-Encoding', 'chunked'] })).toContain('body');
    expect(tunnel({ httpVersion: '2.0' })).toContain('HTTP/2.0');
  });
});

describe('what goes along', () => {
  it('is what a fetch may send, without what the connection keeps to itself', () => {
    const raw = request(
      {},
      'Accept',
      'a/b',
      'accept',
      'c/d',
      'Authorization',
      'x',
      'Connection',
      'close, User-Agent',
      'User-Agent',
      'y',
      'X-HTTP-Method-Override',
      'DELETE',
    );
    expect(sendableHeaders(raw)).toEqual({ accept: 'a/b, c/d' });
  });
});
