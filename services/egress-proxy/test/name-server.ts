import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import ipaddr from 'ipaddr.js';

export const TYPE_A = 1;
export const TYPE_CNAME = 5;
export const TYPE_AAAA = 28;

/**
 * What a name has: addresses, or one alias; `silent` for a name that gets no answer at all, `hidesAlias` for one of which the server says that it
 * failed (RFC 1035 section 4.1.1, response code 2) when it is asked for the alias.
 */
export type NameRecords = {
  readonly addresses?: readonly string[];
  readonly alias?: string;
  readonly silent?: boolean;
  readonly hidesAlias?: boolean;
};
export type NameServer = {
  /** Names that were asked for, in lower case, once per question. */
  readonly asked: string[];
  /** Address and port, as a list of servers takes it. */
  readonly server: string;
  readonly close: () => Promise<void>;
};

/**
 * A name server (RFC 1035, UDP) on this machine. A name without records does not exist.
 * @param at where it listens; left out, on any port of the loopback
 */
export async function nameServer(
  recordsOf: (name: string, type: number) => NameRecords | undefined,
  at: { readonly address: string; readonly port: number } = { address: '127.0.0.1', port: 0 },
): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query);
    asked.push(name);
    const records = recordsOf(name, type);
    if (records?.silent) return;
    const data = dataOf(records ?? {}, type);
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | responseCode(records, type), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(data.length, 6);
    const answer = [header, query.subarray(12, end), ...data.map((one) => resource(type, one))];
    socket.send(Buffer.concat(answer), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind({ ...at }, resolve));
  const { port } = socket.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => socket.close(() => resolve()));
  return { asked, server: `${at.address}:${port}`, close };
}

function responseCode(records: NameRecords | undefined, type: number): number {
  if (!records) return 3;
  return records.hidesAlias && type === TYPE_CNAME ? 2 : 0;
}

function questionOf(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += size + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function dataOf({ addresses = [], alias }: NameRecords, type: number): readonly Buffer[] {
  if (type === TYPE_CNAME) return alias === undefined ? [] : [wireName(alias)];
  const length = type === TYPE_A ? 4 : type === TYPE_AAAA ? 16 : 0;
  const bytes = addresses.map((address) => Buffer.from(ipaddr.parse(address).toByteArray()));
  return bytes.filter((one) => one.length === length);
}

const wireName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);

/** A record of the name that was asked for, class IN, with a time to live of 0. */
function resource(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
