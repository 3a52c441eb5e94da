/** What the first bytes of a TLS connection say. `refused`: they are something else, or not clear enough to be let through. */
export type HelloReading =
  | { readonly kind: 'more' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'hello'; readonly hello: ClientHello; /** How many bytes it took. */ readonly length: number };

export type ClientHello = {
  /** The server_name, in lower case; undefined when there is none. */
  readonly sni: string | undefined;
  /** The name that is meant may be another one, encrypted (ECH or its forerunner ESNI). */
  readonly hidesName: boolean;
};

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MAX_RECORD = 16_384;
const MAX_HELLO = 16_384;
/** Honest clients send it in one record or a few; each one more is work for whoever reads it. */
const MAX_RECORDS = 32;
const SERVER_NAME = 0;
const ENCRYPTED_NAMES = [0xfe0d, 0xffce];
const HOST_NAME = 0;

class NotClear extends Error {}

/**
 * Reads a ClientHello (RFC 8446 section 4.1.2; records, section 5.1; server_name, RFC 6066 section 3) from the start of what a client sent. Whatever is
 * not exactly one well-formed ClientHello is refused: a server might read a name out of it where this does not.
 */
export function readClientHello(bytes: Uint8Array): HelloReading {
  try {
    const message = handshakeMessage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    if (message === undefined) return { kind: 'more' };
    return { kind: 'hello', hello: helloOf(message.body), length: message.length };
  } catch (error) {
    if (error instanceof NotClear) return { kind: 'refused', why: error.message };
    throw error;
  }
}

/** The body of the first handshake message, put together from its records; undefined while some of it is still to come. */
function handshakeMessage(bytes: Buffer): { readonly body: Buffer; readonly length: number } | undefined {
  let message = Buffer.alloc(0);
  let at = 0;
  for (let count = 0; count < MAX_RECORDS; count++) {
    const record = recordAt(bytes, at);
    if (!record) return undefined;
    message = Buffer.concat([message, record]);
    at += RECORD_HEADER + record.length;
    const size = messageSize(message);
    if (message.length > size) throw new NotClear('something follows the ClientHello in its own record');
    if (message.length === size) return { body: message.subarray(4), length: at };
  }
  throw new NotClear(`its ClientHello is cut into more than ${MAX_RECORDS} records`);
}

/** The content of the record at this offset; undefined while it is not all there. */
function recordAt(bytes: Buffer, at: number): Buffer | undefined {
  const [type, major] = bytes.subarray(at, at + 2);
  if (type !== undefined && type !== HANDSHAKE) throw new NotClear('it is not TLS');
  if (major !== undefined && major !== 3) throw new NotClear('it is not TLS');
  if (bytes.length < at + RECORD_HEADER) return undefined;
  const length = bytes.readUInt16BE(at + 3);
  if (length === 0 || length > MAX_RECORD) throw new NotClear('a record has a length that TLS does not have');
  const end = at + RECORD_HEADER + length;
  return bytes.length < end ? undefined : bytes.subarray(at + RECORD_HEADER, end);
}

/** How long the message is that begins like this, in bytes; Infinity while that is not said. */
function messageSize(start: Buffer): number {
  if (start[0] !== CLIENT_HELLO) throw new NotClear('it does not begin with a ClientHello');
  if (start.length < 4) return Infinity;
  const size = start.readUIntBE(1, 3);
  if (size > MAX_HELLO) throw new NotClear(`its ClientHello is larger than ${MAX_HELLO} bytes`);
  return size + 4;
}

/** A part of the message from which one thing after the other is taken. */
function taking(bytes: Buffer) {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new NotClear('its ClientHello ends too early');
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    take,
    uint16: () => take(2).readUInt16BE(),
    /** What a length of one or two bytes stands before. */
    vector: (lengthBytes: 1 | 2) => take(take(lengthBytes).readUIntBE(0, lengthBytes)),
    isEmpty: () => at === bytes.length,
  };
}

function helloOf(body: Buffer): ClientHello {
  const hello = taking(body);
  hello.take(2 + 32);
  if (hello.vector(1).length > 32) throw new NotClear('its session id is too long');
  if (hello.vector(2).length % 2 !== 0) throw new NotClear('its cipher suites are cut off');
  hello.vector(1);
  const extensions = hello.isEmpty() ? Buffer.alloc(0) : hello.vector(2);
  if (!hello.isEmpty()) throw new NotClear('something follows the extensions');
  return namesIn(extensions);
}

function namesIn(extensions: Buffer): ClientHello {
  const list = taking(extensions);
  const byType = new Map<number, Buffer>();
  while (!list.isEmpty()) {
    const type = list.uint16();
    if (byType.has(type)) throw new NotClear('an extension is there twice');
    byType.set(type, list.vector(2));
  }
  const names = byType.get(SERVER_NAME);
  const hidesName = ENCRYPTED_NAMES.some((type) => byType.has(type));
  return { sni: names && hostName(names), hidesName };
}

/** RFC 6066: a list that in practice holds one name of the one type there is; anything else is not clear. */
function hostName(extension: Buffer): string {
  const outer = taking(extension);
  const list = taking(outer.vector(2));
  const isHostName = list.take(1)[0] === HOST_NAME;
  const name = list.vector(2).toString('latin1');
  if (!isHostName || !list.isEmpty() || !outer.isEmpty()) throw new NotClear('it names not exactly one server');
  if (!/^[A-Za-z0-9._-]{1,253}$/.test(name)) throw new NotClear('its server name is not a host name');
  return name.toLowerCase();
}
