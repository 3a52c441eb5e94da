import { helloMessage, records } from '../../test/client-hello.ts';
import { beginningOf } from './first-hello.ts';

const HOST = 'site.example.org';
const good = records(helloMessage({ sni: HOST }));

describe('the first bytes of a tunnel', () => {
  it('are TLS for its host, with or without what follows, or too few to tell', () => {
    expect(beginningOf(good, HOST)).toEqual({ kind: 'tls' });
    expect(beginningOf(Buffer.concat([good, Buffer.from('early')]), HOST)).toEqual({ kind: 'tls' });
    for (const length of [0, 4, 40, good.length - 1])
      expect(beginningOf(good.subarray(0, length), HOST)).toEqual({ kind: 'more' });
  });

  it.each([
    ['another host', records(helloMessage({ sni: 'evil.example.org' })), 'evil.example.org'],
    ['no host', records(helloMessage()), 'no server name'],
    [
      'a host that is hidden',
      records(helloMessage({ sni: HOST, extensions: [[0xfe0d, Buffer.from([0])]] })),
      'encrypted',
    ],
    ['no TLS', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'not TLS'],
  ])('are refused for %s', (_name, bytes, why) => {
    expect(beginningOf(bytes, HOST)).toEqual({ kind: 'refused', why: expect.stringContaining(why) as string });
  });
});
