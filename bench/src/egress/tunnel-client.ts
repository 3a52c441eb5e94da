import { connect } from 'node:net';
import { clientHello, command, GIVE, SERVER_HELLO, TAKE, write } from './tunnel-talk.ts';

export type TunnelTarget = {
  /** What is connected to: a proxy, or the site itself. */
  readonly port: number;
  /** What the proxy is asked for; left out, there is none. */
  readonly by?: { readonly authority: string; readonly authorization?: string };
  /** The host that TLS is for. */
  readonly host: string;
};

/** An open tunnel, for one thing at a time. */
export type Tunnel = {
  readonly receive: (bytes: number) => Promise<void>;
  readonly send: (bytes: number) => Promise<void>;
  readonly close: () => void;
};

const END_OF_HEAD = '\r\n\r\n';

/** Opens a tunnel to the site. Throws when the proxy refuses it. */
export async function openTunnel({ port, by, host }: TunnelTarget): Promise<Tunnel> {
  let take: (chunk: Uint8Array) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const onread = {
    buffer: Buffer.alloc(2 ** 18),
    callback: (length: number, buffer: Uint8Array): boolean => {
      take(buffer.subarray(0, length));
      return true;
    },
  };
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
  socket.on('error', (error) => fail(error));
  socket.on('close', () => fail(new Error('the tunnel was closed')));

  const until = (isAll: (chunk: Uint8Array) => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      fail = reject;
      take = (chunk) => {
        if (isAll(chunk)) resolve();
      };
    });
  const count = (bytes: number): Promise<void> => {
    let left = bytes;
    return until((chunk) => (left -= chunk.length) <= 0);
  };

  if (by) {
    let head = '';
    const answered = until((chunk) => (head += Buffer.from(chunk).toString('latin1')).includes(END_OF_HEAD));
    socket.write(connectRequest(by));
    await answered;
    if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`the proxy refused a tunnel: ${head}`);
  }
  const greeted = count(SERVER_HELLO.length);
  socket.write(await clientHello(host));
  await greeted;
  return {
    receive: (bytes) => {
      const received = count(bytes);
      socket.write(command(GIVE, bytes));
      return received;
    },
    send: (bytes) => {
      const taken = count(1);
      socket.write(command(TAKE, bytes));
      write(socket, bytes);
      return taken;
    },
    close: () => {
      fail = () => {};
      socket.destroy();
    },
  };
}

const connectRequest = ({ authority, authorization }: NonNullable<TunnelTarget['by']>): string =>
  [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`]),
    ...['', ''],
  ].join('\r\n');
