import type { Socket } from 'node:net';
import { READ_AHEAD_BYTES } from '@causeway/contracts';
import { callOf, world } from '../../test/calls.ts';
import { selfSigned } from '@causeway/testing';
import { closeAll, codeOf, factOf, serve, serveRaw } from '../../test/sites.ts';

afterEach(closeAll);

const MIB = 1_048_576;
/** What is reserved for a body of some bytes. */
const RESERVED = 300_000 + READ_AHEAD_BYTES;
const granted = { byteAllowance: 10 * MIB, reserved: { bytesIn: RESERVED } };
const egress = { maxResponseBytes: 393_216 };

function endlessly(socket: Socket, bytes: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

describe('a destination that sends more than is reserved', () => {
  it.each([
    ['answers that are none yet, without end', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(100), ''],
    [
      'a body in chunks of one byte',
      '1\r\nx\r\n'.repeat(2_000),
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    [
      'chunks that say much besides',
      `1;${'x'.repeat(1_000)}\r\nx\r\n`.repeat(100),
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
  ])('with %s is left before that', async (_what, again, first) => {
    const server = await serveRaw((socket) => {
      socket.write(first);
      endlessly(socket, again);
    });
    const made = world({ ports: { 'site.internal': server.port }, egress });
    const call = callOf(made.policy, { url: `http://site.internal:${server.port}/` }, granted);
    expect(codeOf(await made.calls.make(call))).toMatch(/^RESPONSE_TOO_LARGE$|^UPSTREAM_PROTOCOL_REFUSED$/);
    const fact = await factOf(made, call);
    expect((fact?.data as { bytesIn: number }).bytesIn).toBeLessThanOrEqual(RESERVED);
  });

  it('is left before that also where the bytes are on two connections, or within TLS', async () => {
    const identity = selfSigned('site.internal');
    const long = 'x'.repeat(262_144);
    const server = await serve(({ target }, response) => {
      if (target === '/first') response.writeHead(302, { location: '/second' });
      response.end(long);
    }, identity);
    const made = world({ ports: { 'site.internal': server.port }, egress, authorities: [identity.cert] });
    const url = `https://site.internal:${server.port}/first`;
    const enough = callOf(made.policy, { url }, { ...granted, reserved: { bytesIn: 4 * MIB } });
    expect(codeOf(await made.calls.make(enough))).toBe('ok');
    const { bytesIn } = (await factOf(made, enough))?.data as { readonly bytesIn: number };
    const scarce = callOf(made.policy, { url }, { ...granted, reserved: { bytesIn: bytesIn - 1 } });
    expect(codeOf(await made.calls.make(scarce))).toBe('RESPONSE_TOO_LARGE');
    expect(((await factOf(made, scarce))?.data as { bytesIn: number }).bytesIn).toBeLessThan(bytesIn);
  });
});
