/** Parts of a ClientHello that a test wants in another way. */
export type HelloParts = {
  readonly sni?: string | undefined;
  /** Extensions besides the name, each as its type and content. */
  readonly extensions?: readonly (readonly [number, Uint8Array])[];
  readonly sessionId?: Uint8Array;
  /** The content of the server_name extension, in place of one name. */
  readonly names?: Uint8Array;
};

const vector = (lengthBytes: number, content: Uint8Array): Buffer => {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
};
const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

/** The content of a server_name extension. */
export const serverNames = (...names: readonly string[]): Buffer =>
  vector(
    2,
    Buffer.concat(names.map((name) => Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(name, 'latin1'))]))),
  );

/** A handshake message: a ClientHello (RFC 8446 section 4.1.2) as small as it gets. */
export function helloMessage({ sni, extensions = [], sessionId = Buffer.alloc(0), names }: HelloParts = {}): Buffer {
  const named = names ?? (sni === undefined ? undefined : serverNames(sni));
  const all = [...(named ? [[0, named] as const] : []), ...extensions];
  const body = Buffer.concat([
    uint16(0x0303),
    Buffer.alloc(32, 5),
    vector(1, sessionId),
    vector(2, uint16(0x1301)),
    vector(1, Buffer.from([0])),
    vector(2, Buffer.concat(all.map(([type, content]) => Buffer.concat([uint16(type), vector(2, content)])))),
  ]);
  return Buffer.concat([Buffer.from([1]), vector(3, body)]);
}

/** Content in records of at most so many bytes. */
export function records(content: Uint8Array, type = 22, most = 16_384): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += most)
    parts.push(Buffer.from([type, 3, 1]), vector(2, content.subarray(at, at + most)));
  return Buffer.concat(parts);
}

/** A ServerHello as far as its random; one that asks for another ClientHello has the random of RFC 8446 section 4.1.3. */
export function serverHello(asksAgain: boolean): Buffer {
  const retry = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');
  const body = Buffer.concat([uint16(0x0303), asksAgain ? retry : Buffer.alloc(32, 9), Buffer.alloc(4)]);
  return records(Buffer.concat([Buffer.from([2]), vector(3, body)]));
}
