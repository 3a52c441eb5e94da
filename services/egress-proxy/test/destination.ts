import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';

export type Seen = {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The protocol that TLS agreed on, where there was TLS. */
  readonly alpn?: string | false | null;
};
export type Destination = {
  readonly port: number;
  /** How many connections came in so far. */
  readonly connections: () => number;
  /** What connections that are over carried here and from here, on the wire. */
  readonly carried: () => { readonly bytesIn: number; readonly bytesOut: number };
  readonly seen: readonly Seen[];
  readonly close: () => Promise<void>;
};
type Respond = (request: Seen, response: ServerResponse) => void;

/** A real server on this machine that notes what it is sent. */
export async function destination(respond: Respond, identity?: TlsOptions): Promise<Destination> {
  const seen: Seen[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const one = {
        method: request.method ?? '',
        target: request.url ?? '',
        headers: request.headers,
        body,
        ...alpnOf(request),
      };
      seen.push(one);
      respond(one, response);
    });
  };
  const server = identity
    ? createTlsServer({ ALPNProtocols: ['h2', 'http/1.1'], ...identity }, listener)
    : createServer(listener);
  return { seen, ...(await listening(server)) };
}

const alpnOf = ({ socket }: IncomingMessage): Pick<Seen, 'alpn'> =>
  socket instanceof TLSSocket ? { alpn: socket.alpnProtocol } : {};

/** A server that speaks whatever it likes once it was sent something. */
export async function rawDestination(onData: (socket: Socket) => void): Promise<Destination> {
  const seen: Seen[] = [];
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (data) => {
      seen.push({ method: '', target: '', headers: {}, body: data.toString('latin1') });
      onData(socket);
    });
  });
  return { seen, ...(await listening(server)) };
}

async function listening(server: Server): Promise<Pick<Destination, 'port' | 'connections' | 'carried' | 'close'>> {
  const open = new Set<Socket>();
  let count = 0;
  let carried = { bytesIn: 0, bytesOut: 0 };
  server.on('connection', (socket: Socket) => {
    count++;
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      carried = { bytesIn: carried.bytesIn + socket.bytesRead, bytesOut: carried.bytesOut + socket.bytesWritten };
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return { port, connections: () => count, carried: () => carried, close };
}
