import { promises } from 'node:dns';
import { FetchStopped } from './fetch-stop.ts';

/** All addresses of a host. Throws FetchStopped DNS_FAILED when there are none. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

const NO_RECORDS = ['ENODATA', 'ENOTFOUND'];

/**
 * Asks name servers for A and AAAA records, and nothing else: no hosts file, no search domains, no multicast DNS. A server has 2 s for an
 * answer and is asked twice.
 * @param servers addresses with optional ports; left out, the system's
 */
export function dnsResolve(servers: readonly string[] | undefined): Resolve {
  return async (host, signal) => {
    if (signal.aborted)
      throw new FetchStopped({ code: 'DNS_FAILED', stage: 'resolve', detail: 'there was no time left' });
    const resolver = new promises.Resolver({ timeout: 2_000, tries: 2 });
    if (servers) resolver.setServers([...servers]);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel);
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    signal.removeEventListener('abort', cancel);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length === 0) throw failed(host, answers);
    return addresses;
  };
}

function failed(host: string, answers: readonly PromiseSettledResult<string[]>[]): FetchStopped {
  const codes = answers.map((answer) =>
    answer.status === 'rejected' ? String((answer.reason as { code?: string }).code) : '',
  );
  const detail = codes.every((code) => NO_RECORDS.includes(code))
    ? `there is no host ${host}`
    : `the name servers did not answer for ${host} (${codes.join(', ')})`;
  return new FetchStopped({ code: 'DNS_FAILED', stage: 'resolve', detail });
}
