import { inShell, type Network } from './namespaces.features.ts';

/** What the kernel counted at one end of a wire, and of TCP in the whole of that network. */
export type KernelCount = {
  readonly bytesIn: number;
  readonly packetsIn: number;
  readonly bytesOut: number;
  readonly packetsOut: number;
  /** Segments that were sent again, and refusals of connections that were already gone. */
  readonly sentAgain: number;
  readonly resets: number;
};

/** On an Ethernet, of each packet of TCP over IPv4: its own header, those of IPv4 and TCP, and TCP's timestamps (RFC 7323 section 3). */
const HEADER_BYTES = 14 + 20 + 20 + 12;
/** Each direction's first packet says more: segment size and window scale, 4 bytes each (RFC 9293 section 3.2, RFC 7323 section 2). */
const FIRST_BYTES = 4 + 4;
/** The refusal of a connection that is gone has no timestamps (RFC 7323 section 3.2). */
const RESET_LACKS_BYTES = 12;
/** What one segment can carry at most, before the device cuts it. */
const SEGMENT_BYTES = 65_536;

/** No selective acknowledgements and no early probes: what is left of headers can be computed to the byte. */
export const COMPUTABLE = ['tcp_sack', 'tcp_early_retrans'].map((name) => `echo 0 > /proc/sys/net/ipv4/${name}`);

export async function kernelCount(network: Network, device: string): Promise<KernelCount> {
  const text = await inShell(network, ['cat /proc/net/dev /proc/net/snmp']);
  const [, line = ''] = new RegExp(`${device}: *(.*)`).exec(text) ?? [];
  const [bytesIn = 0, packetsIn = 0, , , , , , , bytesOut = 0, packetsOut = 0] = line.trim().split(/\s+/).map(Number);
  const lines = text.split('\n').filter((one) => one.startsWith('Tcp: '));
  const [names = [], values = []] = lines.map((one) => one.split(' '));
  const tcp = (name: string): number => Number(values[names.indexOf(name)]);
  return { bytesIn, packetsIn, bytesOut, packetsOut, sentAgain: tcp('RetransSegs'), resets: tcp('OutRsts') };
}

export function difference(after: KernelCount, before: KernelCount): KernelCount {
  const entries = Object.entries(after).map(([name, value]) => [name, value - before[name as keyof KernelCount]]);
  return Object.fromEntries(entries) as KernelCount;
}

export type Carried = {
  /** Bytes of all headers. */
  readonly headers: number;
  /** Bytes that the packets carried, as far as the headers are computed. */
  readonly least: number;
  readonly most: number;
};

/** What packets carried without their headers, from both ends of the wire. `least` and `most` are equal unless segments were sent again or refused. */
export function carried(
  { bytes, packets, connections }: { readonly bytes: number; readonly packets: number; readonly connections: number },
  { sentAgain, resets }: Pick<KernelCount, 'sentAgain' | 'resets'>,
): Carried {
  const headers = packets * HEADER_BYTES + connections * FIRST_BYTES;
  const least = bytes - headers - sentAgain * SEGMENT_BYTES;
  return { headers, least, most: bytes - headers + resets * RESET_LACKS_BYTES };
}
