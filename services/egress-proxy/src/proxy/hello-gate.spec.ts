import { helloMessage, records, serverHello } from '../../test/client-hello.ts';
import { helloGate, helloProblem, isHelloRetry } from './hello-gate.ts';

const HOST = 'site.example.org';
const good = records(helloMessage({ sni: HOST }));
const other = records(helloMessage({ sni: 'evil.example.org' }));

describe('the gate of a tunnel', () => {
  it('lets the first hello through, and the rest once the destination has answered', () => {
    const gate = helloGate(HOST);
    expect(gate.fromClient(Buffer.concat([good, Buffer.from('early')]))).toEqual({ pass: good });
    expect([gate.isOpen(), gate.heldBytes()]).toEqual([false, 5]);
    expect(String(gate.fromDestination(serverHello(false)).pass)).toBe('early');
    expect(gate.isOpen()).toBe(true);
    expect(String(gate.fromClient(Buffer.from('more')).pass)).toBe('more');
  });

  it.each([
    ['another host', other],
    ['no host', records(helloMessage())],
    ['a host that is hidden', records(helloMessage({ sni: HOST, extensions: [[0xfe0d, Buffer.from([0])]] }))],
    ['no TLS', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('refuses a first hello for %s', (_name, bytes) => {
    expect(helloGate(HOST).fromClient(bytes)).toMatchObject({ refused: expect.any(String) as string });
  });

  it.each([
    ['before the destination asked for it', true],
    ['after it', false],
  ])('refuses a second hello for another host that is sent %s', (_name, isEarly) => {
    const gate = helloGate(HOST);
    const spec = Buffer.from([20, 3, 3, 0, 1, 1]);
    gate.fromClient(isEarly ? Buffer.concat([good, spec, other]) : good);
    const answered = gate.fromDestination(serverHello(true));
    const end = isEarly ? answered : gate.fromClient(Buffer.concat([spec, other]));
    expect(end).toMatchObject({ refused: expect.stringContaining('evil.example.org') as string });
    expect(gate.isOpen()).toBe(false);
  });

  it('takes a second hello for the same host', () => {
    const gate = helloGate(HOST);
    gate.fromClient(good);
    gate.fromDestination(serverHello(true));
    const again = Buffer.concat([Buffer.from([20, 3, 3, 0, 1, 1]), good]);
    expect(gate.fromClient(again)).toEqual({ pass: again });
    expect(gate.isOpen()).toBe(true);
  });

  it('takes an answer that is cut into pieces for one that asks again', () => {
    const answer = serverHello(true);
    const cut = Buffer.concat([records(answer.subarray(5, 15)), records(answer.subarray(15))]);
    expect(isHelloRetry(cut)).toBe(true);
    expect(isHelloRetry(serverHello(false))).toBe(false);
    expect(isHelloRetry(Buffer.from([21, 3, 3, 0, 2, 2, 40]))).toBe(false);
    expect(isHelloRetry(answer.subarray(0, 20))).toBeUndefined();
  });

  it('says what is wrong in words', () => {
    expect(helloProblem({ sni: HOST, hidesName: false }, HOST)).toBeUndefined();
    expect(helloProblem({ sni: undefined, hidesName: false }, HOST)).toContain('no server name');
    expect(helloProblem({ sni: HOST, hidesName: true }, HOST)).toContain('encrypted');
  });
});
