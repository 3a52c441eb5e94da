import fc from 'fast-check';
import { helloMessage, records, serverHello } from '../../test/client-hello.ts';
import { readClientHello } from './client-hello.ts';
import { helloGate } from './hello-gate.ts';

const HOST = 'site.example.org';
const pieces = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
};

describe('whatever comes', () => {
  it('reading it ends, in one of three ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(['more', 'refused', 'hello']).toContain(readClientHello(bytes).kind);
      }),
    );
  });

  it('a ClientHello with one byte changed is never taken for one with another name', () => {
    const good = records(helloMessage({ sni: HOST, extensions: [[43, Buffer.from([2, 3, 4])]] }));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bytes = Buffer.from(good);
        bytes[at] = bytes[at]! ^ by;
        const gate = helloGate(HOST);
        const passed = gate.fromClient(bytes);
        const read = readClientHello(bytes);
        const isSame = read.kind === 'hello' && read.hello.sni === HOST && !read.hello.hidesName;
        expect(passed.refused === undefined && (passed.pass?.length ?? 0) > 0).toBe(isSame);
      }),
    );
  });

  it('the verdict does not depend on how the bytes are cut, and no byte is lost or moved', () => {
    const hello = records(helloMessage({ sni: HOST }), 22, 30);
    const rest = Buffer.from('what is encrypted');
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { maxLength: 8 }), fc.boolean(), (cuts, isRetry) => {
        const gate = helloGate(HOST);
        const second = isRetry ? records(helloMessage({ sni: HOST })) : Buffer.alloc(0);
        const all = Buffer.concat([hello, second, rest]);
        const passed: Uint8Array[] = pieces(all, cuts).map((piece) => gate.fromClient(piece).pass ?? Buffer.from('!'));
        passed.push(gate.fromDestination(serverHello(isRetry)).pass ?? Buffer.from('!'));
        expect(Buffer.concat(passed).equals(all)).toBe(true);
        expect(gate.isOpen()).toBe(true);
      }),
    );
  });
});
