import { stop, type Stop } from '../fetch/fetch-stop.ts';
import type { ResponseHead } from '../fetch/response-guard.ts';
import type { Echo, EchoScan } from './echo/echo-scan.ts';

/** What is wrong with the head of an answer: a secret is in one of its fields, where a redirect leads among them. */
export function headEchoStop({ headers }: ResponseHead, scan: EchoScan | undefined): Stop | undefined {
  for (const [name, value] of Object.entries(headers)) {
    const echo = scan?.feed(Buffer.from(`${name}: ${value}\n`, 'latin1'));
    if (echo) return echoed(echo, 'head');
  }
  return undefined;
}

/** What is wrong with the next piece of a body: a secret is in it, or ends in it. */
export function bodyEchoStop(chunk: Uint8Array, scan: EchoScan | undefined): Stop | undefined {
  const echo = scan?.feed(chunk);
  return echo && echoed(echo, 'body');
}

const echoed = ({ name, form }: Echo, part: 'head' | 'body'): Stop =>
  stop(
    'SECRET_ECHOED',
    part === 'head' ? 'exchange' : 'body',
    `the answer holds the secret ${name} (${form}) in its ${part}`,
  );
