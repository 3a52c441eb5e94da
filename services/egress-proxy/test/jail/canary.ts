import { createSocket, type SocketType } from 'node:dgram';
import { createServer, type ListenOptions, type Socket } from 'node:net';

/** What came to places where nothing may arrive. */
export type CanaryCount = {
  /** Addresses and ports that were connected to, one for each connection; an empty address for a socket file. */
  readonly connectedTo: readonly string[];
  readonly tcpBytes: number;
  readonly udpBytes: number;
  /** All of it, as Latin-1. */
  readonly text: string;
};

export type Canary = {
  readonly listen: (options: ListenOptions) => Promise<void>;
  readonly bindUdp: (type: SocketType, port: number) => Promise<void>;
  /** What came since the last time, taken out. */
  readonly take: () => CanaryCount;
};

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\ncanary';

/** Listens where it is told to, counts every connection and byte, and answers as if it were a page. */
export function canary(): Canary {
  let [tcpBytes, udpBytes, text] = [0, 0, ''];
  const connectedTo: string[] = [];
  const met = (socket: Socket): void => {
    connectedTo.push(`${socket.localAddress ?? ''} ${socket.localPort ?? ''}`.trim());
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      tcpBytes += chunk.length;
      text += chunk.toString('latin1');
      socket.end(ANSWER);
    });
  };
  return {
    listen: (options) =>
      new Promise((resolve, reject) => {
        createServer(met).on('error', reject).listen(options, resolve);
      }),
    bindUdp: (type, port) =>
      new Promise((resolve, reject) => {
        const socket = createSocket({ type, ipv6Only: type === 'udp6' });
        socket.on('error', reject);
        socket.on('message', (message) => {
          udpBytes += message.length;
          text += message.toString('latin1');
        });
        socket.bind(port, resolve);
      }),
    take: () => {
      const taken = { connectedTo: connectedTo.splice(0), tcpBytes, udpBytes, text };
      [tcpBytes, udpBytes, text] = [0, 0, ''];
      return taken;
    },
  };
}
