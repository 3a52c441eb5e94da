import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * A way to Postgres on which the answer to a commit can get lost. It reads the client protocol as far as it must (PostgreSQL documentation,
 * "Message Formats"): who names a prepared statement, who runs it, and when the server is ready again.
 */
export type PostgresWay = {
  readonly port: number;
  /**
   * The next time the log is written, the server gets it, its answer is thrown away and the connection ends. Resolves when that has happened;
   * the write is committed by then.
   */
  readonly loseNextAnswer: () => Promise<void>;
  readonly stop: () => void;
};

/** What every statement says that writes events of the log. */
const WRITES_THE_LOG = 'insert into event ';
const HEADER_BYTES = 5;
const TYPE = { parse: 0x50, bind: 0x42, query: 0x51, sync: 0x53, ready: 0x5a } as const;

type Message = { readonly type: number; readonly body: Buffer };

/** Cuts a stream of messages, each a type and its length, wherever chunks may end. */
function messageCutter(): (chunk: Buffer) => readonly Message[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const messages: Message[] = [];
    while (rest.length >= HEADER_BYTES) {
      const end = 1 + rest.readUInt32BE(1);
      if (rest.length < end) break;
      messages.push({ type: rest[0]!, body: rest.subarray(HEADER_BYTES, end) });
      rest = rest.subarray(end);
    }
    return messages;
  };
}

/** The first message of a connection has no type; everything after it has. */
function afterStartup(take: (chunk: Buffer) => void): (chunk: Buffer) => void {
  let left: number | undefined;
  return (chunk) => {
    left ??= chunk.readUInt32BE(0);
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (chunk.length > skipped) take(chunk.subarray(skipped));
  };
}

const text = (body: Buffer, from: number): string => body.toString('latin1', from, body.indexOf(0, from));

/** Whether a client's message begins a write of the log; remembers which statements do. */
function writeSpotter(): (message: Message) => boolean {
  const writing = new Set<string>();
  return ({ type, body }) => {
    if (type === TYPE.parse && body.includes(WRITES_THE_LOG)) writing.add(text(body, 0));
    return type === TYPE.bind && writing.has(text(body, body.indexOf(0) + 1));
  };
}

/** Opens the way on a port of its own on this machine. */
export async function openPostgresWay(target: { readonly host: string; readonly port: number }): Promise<PostgresWay> {
  const sockets = new Set<Socket>();
  let armed: (() => void) | undefined;

  function join(near: Socket): void {
    const far = connect(target.port, target.host);
    const end = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    watch(near, far, end);
  }

  function watch(near: Socket, far: Socket, end: () => void): void {
    const fromClient = messageCutter();
    const fromServer = messageCutter();
    const isWrite = writeSpotter();
    /** Rounds of messages that the server has not answered to the end; the log-in is the first. */
    let pending = 1;
    /** How many of them are answered before the one whose answer gets lost. */
    let until: number | undefined;
    let told = (): void => {};

    const look = afterStartup((chunk) => {
      for (const message of fromClient(chunk)) {
        if (isWrite(message) && armed && until === undefined) {
          until = pending;
          told = armed;
          armed = undefined;
        }
        if (message.type === TYPE.sync || message.type === TYPE.query) pending++;
      }
    });
    near.on('data', (chunk) => {
      look(chunk);
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      const ready = fromServer(chunk).filter(({ type }) => type === TYPE.ready).length;
      pending -= ready;
      if (until === undefined) return void near.write(chunk);
      until -= ready;
      if (until >= 0) return void near.write(chunk);
      end();
      told();
    });
  }

  const server = createServer(join);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    loseNextAnswer: () =>
      new Promise((resolve) => {
        armed = resolve;
      }),
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
