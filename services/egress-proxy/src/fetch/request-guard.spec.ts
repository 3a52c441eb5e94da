import { crossOriginHeaders, outgoingHeaders, requestStop } from './request-guard.ts';

const request = (more: object = {}) => ({ url: 'https://example.org/', method: 'GET', headers: {}, ...more });
const limits = { maxRequestBytes: 10 };

const comingOf = (sizeBytes: number | undefined) => ({ sizeBytes, pieces: () => [] as never });

describe('the request guard', () => {
  it('lets an ordinary request pass', () => {
    expect(requestStop(request({ headers: { Accept: 'text/plain', 'if-none-match': '"x"' } }), limits)).toBeUndefined();
    expect(requestStop(request({ method: 'POST', body: '1234567890' }), limits)).toBeUndefined();
  });

  it.each([
    ['METHOD_REFUSED', { method: 'PUT' }],
    ['METHOD_REFUSED', { method: 'get' }],
    ['METHOD_REFUSED', { method: 'CONNECT' }],
    ['METHOD_REFUSED', { method: 'GET', body: '' }],
    ['REQUEST_BODY_TOO_LARGE', { method: 'POST', body: '12345678901' }],
    ['REQUEST_BODY_TOO_LARGE', { method: 'POST', body: 'ééééééé' }],
    ...[
      'Host',
      'authorization',
      'Cookie',
      'proxy-authorization',
      'connection',
      'upgrade',
      'transfer-encoding',
      'content-length',
    ].map((name) => ['HEADER_REFUSED', { headers: { [name]: 'x' } }] as const),
    ...[
      'te',
      'expect',
      'range',
      'x-http-method-override',
      'metadata-flavor',
      'x-aws-ec2-metadata-token',
      'accept-encoding',
    ].map((name) => ['HEADER_REFUSED', { headers: { [name]: 'x' } }] as const),
    ['HEADER_REFUSED', { headers: { accept: 'a', Accept: 'b' } }],
    ['HEADER_REFUSED', { headers: { accept: 'a\r\nX-Injected: 1' } }],
    ['HEADER_REFUSED', { headers: { accept: 'a\u0000' } }],
    ['HEADER_REFUSED', { headers: { 'accept ': 'a' } }],
    ['HEADER_REFUSED', { headers: { accept: 'é' } }],
  ] as const)('answers %s to %j', (code, more) => {
    expect(requestStop(request(more), limits)).toMatchObject({ code, stage: 'request' });
  });
});

describe('a body that is passed on', () => {
  const stopOf = (sizeBytes: number | undefined, more = {}, method = 'POST') =>
    requestStop(request({ method, coming: comingOf(sizeBytes) }), { ...limits, ...more });

  it('is taken up to what policy lets pass, and measured on its way where its size is not known', () => {
    expect([stopOf(500, { forwardBytesOut: 500 }), stopOf(undefined, { forwardBytesOut: 500 })]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each([
    [501, { forwardBytesOut: 500 }, 'POST', 'REQUEST_BODY_TOO_LARGE'],
    [1, {}, 'POST', 'REQUEST_BODY_TOO_LARGE'],
    [undefined, {}, 'POST', 'REQUEST_BODY_TOO_LARGE'],
    [1, { forwardBytesOut: 500 }, 'GET', 'METHOD_REFUSED'],
  ])('of %p bytes is refused within %j as a %s: %s', (sizeBytes, more, method, code) => {
    expect(stopOf(sizeBytes, more, method)).toMatchObject({ code });
  });
});

describe('outgoing headers', () => {
  it('ask for an unpacked answer and name the sender', () => {
    expect(outgoingHeaders({ Accept: 'text/plain' })).toEqual({
      'user-agent': 'causeway-egress',
      accept: 'text/plain',
      'accept-encoding': 'identity',
    });
  });
  it('lose what belongs to the first origin when a redirect leads to another', () => {
    expect(crossOriginHeaders({ Accept: 'text/plain', 'If-None-Match': '"x"', 'content-type': 'text/plain' })).toEqual({
      Accept: 'text/plain',
    });
  });
});
