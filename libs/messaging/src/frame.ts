/** A message of the bus: JSON, and bytes behind it that travel as they are. */
export type Frame = { readonly json: string; readonly bytes?: Uint8Array | undefined };

/** No JSON text begins with it (RFC 8259 section 2), so a message says by itself which of the two it is. */
const MARK = 0x00;
/** The mark, and how many bytes of JSON follow, as 32 bits with the highest first. */
const BEFORE_JSON = 5;
const decoder = new TextDecoder();

/** What is sent for a frame: its JSON alone, or the mark, the length of the JSON, the JSON, the bytes. */
export function packed({ json, bytes }: Frame): string | Uint8Array {
  if (bytes === undefined) return json;
  const jsonBytes = Buffer.byteLength(json);
  const message = Buffer.allocUnsafeSlow(BEFORE_JSON + jsonBytes + bytes.length);
  message[0] = MARK;
  message.writeUInt32BE(jsonBytes, 1);
  message.write(json, BEFORE_JSON);
  message.set(bytes, BEFORE_JSON + jsonBytes);
  return message;
}

/** The frame of a message; its bytes are a part of the message, not a copy. Throws RangeError for one that ends too early. */
export function unpacked(message: Uint8Array): Frame {
  if (message[0] !== MARK) return { json: decoder.decode(message) };
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const end = BEFORE_JSON + view.getUint32(1);
  if (end > message.length) throw new RangeError(`a message of ${message.length} bytes says that it has more`);
  return { json: decoder.decode(message.subarray(BEFORE_JSON, end)), bytes: message.subarray(end) };
}
