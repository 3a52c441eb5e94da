import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';

/**
 * What is spoken inside of a tunnel. It begins as TLS does, because egress-proxy lets nothing else through: a ClientHello, answered with a ServerHello.
 * What follows is not encrypted, so that what is measured is the way and not the cipher: `G` or `P` and a number of bytes, which the site gives or
 * takes; what it took it answers with one byte.
 */
export const GIVE = 'G'.charCodeAt(0);
export const TAKE = 'P'.charCodeAt(0);
const COMMAND_BYTES = 9;

/** A handshake record that is long enough for a ServerHello; nothing reads its end. */
export const SERVER_HELLO = serverHello();
const FILLING = Buffer.alloc(2 ** 18, 'x');
const TAKEN = Buffer.from([1]);
const RECORD_HEADER = 5;

function serverHello(): Buffer {
  const bytes = Buffer.alloc(127, 9);
  Buffer.from([22, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3]).copy(bytes);
  return bytes;
}

/** The first bytes of TLS to this host, as Node's own client sends them. */
export function clientHello(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        resolve(chunk);
        done();
      },
    });
    connectTls({ socket: wire, servername }).on('error', () => {});
  });
}

export function command(kind: number, bytes: number): Buffer {
  const written = Buffer.alloc(COMMAND_BYTES);
  written.writeUInt8(kind);
  written.writeBigUInt64BE(BigInt(bytes), 1);
  return written;
}

/** Writes so many bytes, as fast as the other end takes them. */
export function write(socket: Socket, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const piece = left < FILLING.length ? FILLING.subarray(0, left) : FILLING;
      left -= piece.length;
      if (!socket.write(piece) && left > 0) return void socket.once('drain', more);
    }
  };
  more();
}

/** The site's side of a tunnel. */
export function serveTunnel(socket: Socket): void {
  let held: Buffer = Buffer.alloc(0);
  let isGreeted = false;
  let toTake = 0;

  /** Reads one thing that is whole; false when nothing is. */
  function read(): boolean {
    if (!isGreeted) {
      const length = held.length < RECORD_HEADER ? Infinity : RECORD_HEADER + held.readUInt16BE(3);
      if (held.length < length) return false;
      held = held.subarray(length);
      isGreeted = true;
      socket.write(SERVER_HELLO);
      return true;
    }
    if (held.length < COMMAND_BYTES) return false;
    const bytes = Number(held.readBigUInt64BE(1));
    if (held[0] === GIVE) write(socket, bytes);
    else toTake = bytes;
    held = held.subarray(COMMAND_BYTES);
    return true;
  }

  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    if (toTake > 0) {
      toTake -= chunk.length;
      if (toTake === 0) socket.write(TAKEN);
      return;
    }
    held = Buffer.concat([held, chunk]);
    while (toTake === 0 && read());
    if (toTake === 0 || held.length === 0) return;
    toTake -= held.length;
    held = Buffer.alloc(0);
    if (toTake === 0) socket.write(TAKEN);
  });
}
