import { Resolver } from 'node:dns/promises';
import { connect, createServer, isIP, type ListenOptions, type Socket } from 'node:net';
import { join } from './relay.ts';

/**
 * A forward proxy without a single guard, to show that what egress-proxy keeps back would get through: it takes any request that has a host in it from
 * anybody, asks DNS each time anew, dials the last answer, and passes on the bytes as they came.
 */
export function bareProxy(nameServer: string, at: ListenOptions): Promise<void> {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  resolver.setServers([nameServer]);
  const addressOf = async (host: string): Promise<string> =>
    isIP(host) ? host : ((await resolver.resolve4(host)).at(-1) ?? '');
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    let head = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read).pause();
      carry(socket, head, addressOf).catch(() => socket.destroy());
    };
    socket.on('error', () => {});
    socket.on('data', read);
  });
  return new Promise((resolve, reject) => void server.on('error', reject).listen(at, resolve));
}

async function carry(socket: Socket, bytes: Buffer, addressOf: (host: string) => Promise<string>): Promise<void> {
  const text = bytes.toString('latin1');
  const [method = '', target = ''] = text.split(/[ \r]/, 2);
  const named = /^host: (.*)\r$/im.exec(text)?.[1] ?? '';
  const isTunnel = method === 'CONNECT';
  const url = new URL(isTunnel ? `http://${target}` : target.startsWith('/') ? `http://${named}` : target);
  const host = await addressOf(url.hostname.replace(/^\[|\]$/g, ''));
  const other = connect({ host, port: Number(url.port || 80), allowHalfOpen: true });
  other.on('error', () => socket.destroy());
  if (isTunnel) socket.write('HTTP/1.1 200 OK\r\n\r\n');
  other.write(isTunnel ? bytes.subarray(bytes.indexOf('\r\n\r\n') + 4) : bytes);
  join(socket, other);
}
