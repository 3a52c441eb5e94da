import { headOf, headStop, mediaTypeOf, shownHeaders } from './response-guard.ts';

const fields = (headers: Readonly<Record<string, string>>) => Object.entries(headers).flat();

describe('the head of an answer', () => {
  it('has its names in lower case and its repeated fields joined', () => {
    expect(headOf(200, ['ETag', 'a', 'Vary', 'x', 'vary', 'y'])).toMatchObject({
      headers: { etag: 'a', vary: 'x, y' },
      headerCount: 3,
    });
  });
  it('cannot reach the prototype of anything', () => {
    expect(Object.getPrototypeOf(headOf(200, ['__proto__', 'x']).headers)).toBeNull();
  });
});

describe('the response guard', () => {
  it('lets an ordinary answer pass', () => {
    expect(
      headStop(headOf(200, fields({ 'Content-Length': '10', 'Content-Encoding': 'identity' })), 10),
    ).toBeUndefined();
  });
  it.each([
    ['UPSTREAM_PROTOCOL_REFUSED', headOf(101, fields({ Upgrade: 'websocket' }))],
    ['UPSTREAM_PROTOCOL_REFUSED', headOf(700, [])],
    ['UPSTREAM_PROTOCOL_REFUSED', headOf(200, fields({ 'content-encoding': 'gzip' }))],
    ['UPSTREAM_PROTOCOL_REFUSED', headOf(200, ['content-encoding', 'identity', 'content-encoding', 'br'])],
    ['UPSTREAM_PROTOCOL_REFUSED', headOf(200, Array.from({ length: 65 }, (_, n) => [`x-${n}`, 'y']).flat())],
    ['RESPONSE_TOO_LARGE', headOf(200, fields({ 'content-length': '11' }))],
  ] as const)('answers %s', (code, head) => {
    expect(headStop(head, 10)).toMatchObject({ code });
  });
  it('shows the caller nothing that acts on a client', () => {
    const head = headOf(
      200,
      fields({
        'Set-Cookie': 'a=b',
        'Alt-Svc': 'h3',
        Refresh: '0',
        Link: 'x',
        ETag: '"1"',
        'Content-Type': 'text/plain',
      }),
    );
    expect(shownHeaders(head.headers)).toEqual({ etag: '"1"', 'content-type': 'text/plain' });
  });
  it('reads the media type without its parameters, or not at all', () => {
    expect(mediaTypeOf({ 'content-type': 'Text/HTML; charset=utf-8' })).toBe('text/html');
    expect(mediaTypeOf({ 'content-type': 'nonsense' })).toBeUndefined();
    expect(mediaTypeOf({})).toBeUndefined();
  });
});
