import { readClientHello, type ClientHello } from './client-hello.ts';

/** What the gate lets through now, of what the client sent; or why the tunnel ends. */
export type Passed =
  { readonly pass: Uint8Array; readonly refused?: undefined } | { readonly pass?: undefined; readonly refused: string };

export type HelloGate = {
  readonly fromClient: (chunk: Uint8Array) => Passed;
  /** Looks at what the destination sent; what it answers with is the client's, kept until now. */
  readonly fromDestination: (chunk: Uint8Array) => Passed;
  /** Nothing has to be looked at any more. */
  readonly isOpen: () => boolean;
  /** What the client sent and waits here, in bytes. */
  readonly heldBytes: () => number;
};

const NOTHING = Buffer.alloc(0);
const CHANGE_CIPHER_SPEC = 20;
const RECORD_HEADER = 5;

/**
 * Lets TLS for one host through, and nothing else. First a ClientHello that names the host in the open. What the client sends behind it waits for
 * the destination's first record: when that asks for another ClientHello (RFC 8446 section 4.1.4), the second has to name the same host.
 */
export function helloGate(host: string): HelloGate {
  let state: 'hello' | 'answer' | 'second hello' | 'open' = 'hello';
  let held: Buffer = NOTHING;
  let answer: Buffer = NOTHING;

  function hello(): Passed {
    const skipped = state === 'second hello' ? changeCipherSpecs(held) : 0;
    const read = readClientHello(held.subarray(skipped));
    if (read.kind === 'more') return { pass: NOTHING };
    const why = read.kind === 'refused' ? read.why : helloProblem(read.hello, host);
    if (why !== undefined || read.kind === 'refused') return { refused: why ?? 'it is not TLS' };
    const end = skipped + read.length;
    if (state === 'second hello') return open();
    state = 'answer';
    const pass = held.subarray(0, end);
    held = held.subarray(end);
    return { pass };
  }

  function open(): Passed {
    state = 'open';
    const pass = held;
    held = NOTHING;
    return { pass };
  }

  function afterAnswer(): Passed {
    const asksAgain = isHelloRetry(answer);
    if (asksAgain === undefined) return { pass: NOTHING };
    if (!asksAgain) return open();
    state = 'second hello';
    return held.length > 0 ? hello() : { pass: NOTHING };
  }

  return {
    fromClient: (chunk) => {
      if (state === 'open') return { pass: chunk };
      held = Buffer.concat([held, chunk]);
      return state === 'answer' ? { pass: NOTHING } : hello();
    },
    fromDestination: (chunk) => {
      if (state !== 'answer') return { pass: NOTHING };
      answer = Buffer.concat([answer, chunk]);
      return afterAnswer();
    },
    isOpen: () => state === 'open',
    heldBytes: () => held.length,
  };
}

/** What is wrong with a ClientHello in a tunnel to this host. */
export function helloProblem({ sni, hidesName }: ClientHello, host: string): string | undefined {
  if (sni === undefined) return 'it does not say which host it is for (no server name)';
  if (hidesName) return 'it hides the name of the host that it is for (encrypted client hello)';
  return sni === host ? undefined : `it is for ${sni}, not for ${host}`;
}

/** RFC 8446 section 4.1.3: the random of a ServerHello that asks for another ClientHello. */
const HELLO_RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');
/** Record header, handshake header, version. */
const BEFORE_RANDOM = RECORD_HEADER + 4 + 2;
const HANDSHAKE = 22;

/**
 * Whether a destination's first record asks for another ClientHello; undefined while that cannot be told. One that is cut into pieces counts as
 * asking: what follows is then looked at.
 */
export function isHelloRetry(bytes: Uint8Array): boolean | undefined {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return false;
  if (bytes.length < RECORD_HEADER) return undefined;
  const recordLength = (bytes[3]! << 8) | bytes[4]!;
  if (RECORD_HEADER + recordLength < BEFORE_RANDOM + HELLO_RETRY.length) return true;
  if (bytes.length < BEFORE_RANDOM + HELLO_RETRY.length) return undefined;
  return HELLO_RETRY.equals(bytes.subarray(BEFORE_RANDOM, BEFORE_RANDOM + HELLO_RETRY.length));
}

/** RFC 8446 appendix D.4: what clients send before the second hello to please boxes on the way. Returns its length in bytes. */
function changeCipherSpecs(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === CHANGE_CIPHER_SPEC && bytes.length >= at + RECORD_HEADER)
    at += RECORD_HEADER + bytes.readUInt16BE(at + 3);
  return Math.min(at, bytes.length);
}
