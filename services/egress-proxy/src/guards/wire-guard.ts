import { READ_AHEAD_BYTES } from '@causeway/contracts';
import { stop, type Stop } from '../fetch/fetch-stop.ts';

/** What is wrong with a connection over which more came than a body of the size that is taken can need. Bytes. */
export function wireStop(bytesRead: number, mostBytes: number): Stop | undefined {
  if (bytesRead <= mostBytes) return undefined;
  const detail = `the destination sent more than the ${mostBytes} bytes that may come over the wire`;
  return stop('RESPONSE_TOO_LARGE', 'exchange', detail);
}

/**
 * Most bytes of one connection after which it is ended, so that what was read by then is never more than what is reserved for the call. Between two looks
 * at the wire at most {@link READ_AHEAD_BYTES} are read.
 * @param reservedBytes for the whole call; undefined where nothing is
 * @param earlierBytes that came over earlier connections of the call
 */
export const wireAllowance = (reservedBytes: number | undefined, earlierBytes: number): number | undefined =>
  reservedBytes === undefined ? undefined : Math.max(0, reservedBytes - earlierBytes - READ_AHEAD_BYTES);
