import { helloMessage, records, serverNames } from '../../test/client-hello.ts';
import { readClientHello } from './client-hello.ts';

const HOST = 'site.example.org';
const read = (bytes: Uint8Array) => readClientHello(bytes);

describe('a ClientHello', () => {
  it('is read with its name, from one record or from many', () => {
    const message = helloMessage({ sni: 'Site.Example.org', extensions: [[43, Buffer.from([2, 3, 4])]] });
    for (const most of [16_384, 100, 7]) {
      const bytes = records(message, 22, most);
      expect(read(bytes)).toEqual({ kind: 'hello', hello: { sni: HOST, hidesName: false }, length: bytes.length });
    }
  });

  it('is waited for while some of it is missing, and what follows is left alone', () => {
    const bytes = records(helloMessage({ sni: HOST }), 22, 20);
    for (let length = 0; length < bytes.length; length++)
      expect(read(bytes.subarray(0, length))).toEqual({ kind: 'more' });
    expect(read(Buffer.concat([bytes, Buffer.from('rest')]))).toMatchObject({ kind: 'hello', length: bytes.length });
  });

  it('may have no name, or hide it', () => {
    expect(read(records(helloMessage()))).toMatchObject({ hello: { sni: undefined, hidesName: false } });
    for (const type of [0xfe0d, 0xffce]) {
      const message = helloMessage({ sni: HOST, extensions: [[type, Buffer.from([0])]] });
      expect(read(records(message))).toMatchObject({ hello: { sni: HOST, hidesName: true } });
    }
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['one byte that TLS does not begin with', Buffer.from([0x80])],
    ['another protocol version', Buffer.from([22, 2, 0])],
    ['cut into very many records', records(helloMessage({ sni: HOST }), 22, 1)],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['a record that is too long', Buffer.from([22, 3, 1, 0xff, 0xff])],
    ['another handshake message', records(Buffer.from([2, 0, 0, 1, 0]))],
    [
      'an alert between its records',
      Buffer.concat([records(helloMessage({ sni: HOST }).subarray(0, 9)), records(Buffer.from([1, 0]), 21)]),
    ],
    ['a message that is too large', records(Buffer.from([1, 1, 0, 0]))],
    ['something behind it in its record', records(Buffer.concat([helloMessage({ sni: HOST }), Buffer.from([1])]))],
    ['a session id that is too long', records(helloMessage({ sni: HOST, sessionId: Buffer.alloc(33) }))],
    ['two names', records(helloMessage({ names: serverNames(HOST, 'evil.example.org') }))],
    ['no name in its list', records(helloMessage({ names: serverNames() }))],
    ['a name of another type', records(helloMessage({ names: Buffer.from([0, 4, 1, 0, 1, 97]) }))],
    [
      'something behind its names',
      records(helloMessage({ names: Buffer.concat([serverNames(HOST), Buffer.from([0])]) })),
    ],
    ['a name that is cut off', records(helloMessage({ names: serverNames(HOST).subarray(0, -1) }))],
    ['a name with a zero in it', records(helloMessage({ names: serverNames(`${HOST}\0.evil.example.org`) }))],
    ['an empty name', records(helloMessage({ names: serverNames('') }))],
    ['two lists of names', records(helloMessage({ sni: HOST, extensions: [[0, serverNames('evil.example.org')]] }))],
  ])('that is %s is refused', (_name, bytes) => {
    expect(read(bytes).kind).toBe('refused');
  });
});
