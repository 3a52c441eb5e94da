import { crossOriginHeaders, outgoingHeaders, requestStop } from './request-guard.ts';

const request = (more: object = {}) => ({ url: 'https://example.org/', method: 'GET', headers: {}, ...more });
const limits = { maxRequestBytes: 10 };

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
