import { promises } from 'node:dns';
import { chainStop } from '../guards/chain-guard.ts';
import { FetchStopped, stop } from './fetch-stop.ts';

/** All addresses of a host. Throws FetchStopped DNS_FAILED when there are none. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

const NO_RECORDS = ['ENODATA', 'ENOTFOUND'];
/** For all questions about a host together. */
const TOTAL_MS = 2_000;

type Found = {
  readonly addresses: readonly string[];
  readonly alias: string | undefined;
  readonly codes: readonly string[];
};

/**
 * Asks name servers for CNAME, A and AAAA records, and nothing else: no hosts file, no search domains (every question is for the full name with
 * its last dot), no multicast DNS. Aliases are followed by hand, so that every name on the way is looked at; the addresses that any of them
 * has are all among the answer. The whole takes 2 s at the most. Throws FetchStopped DNS_FAILED, or ADDRESS_REFUSED for a chain of aliases
 * that is too long or leads to a name of local networks.
 * @param servers addresses with optional ports; left out, the system's
 */
export function dnsResolve(servers: readonly string[] | undefined, totalMs = TOTAL_MS): Resolve {
  return async (host, signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(totalMs)]);
    const resolver = new promises.Resolver({ timeout: Math.ceil(totalMs / 2), tries: 2 });
    if (servers) resolver.setServers([...servers]);
    const cancel = () => resolver.cancel();
    limit.addEventListener('abort', cancel);
    try {
      return await followAliases(host, (name) => askAbout(resolver, name, limit));
    } finally {
      limit.removeEventListener('abort', cancel);
    }
  };
}

async function followAliases(host: string, ask: (name: string) => Promise<Found>): Promise<readonly string[]> {
  const chain = [host];
  const addresses = new Set<string>();
  for (;;) {
    const found = await ask(chain.at(-1) ?? host);
    for (const address of found.addresses) addresses.add(address);
    if (found.alias === undefined && addresses.size === 0) throw failed(host, found.codes);
    if (found.alias === undefined) return [...addresses];
    chain.push(found.alias);
    const wrong = chainStop(chain);
    if (wrong) throw new FetchStopped(wrong);
  }
}

async function askAbout(resolver: promises.Resolver, name: string, limit: AbortSignal): Promise<Found> {
  if (limit.aborted) throw new FetchStopped(stop('DNS_FAILED', 'resolve', 'there was no time left'));
  const full = `${name}.`;
  const [alias, ...answers] = await Promise.allSettled([
    resolver.resolveCname(full),
    resolver.resolve4(full),
    resolver.resolve6(full),
  ]);
  const aliases = alias.status === 'fulfilled' ? alias.value : [];
  const unknown = codeOf(alias);
  // Whether there are more names on the way has to be known: a server that does not say so is not believed.
  if (unknown !== '' && !NO_RECORDS.includes(unknown)) throw failed(name, [unknown]);
  return {
    addresses: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    alias: aliases[0]?.toLowerCase().replace(/\.$/, ''),
    codes: answers.map(codeOf),
  };
}

const codeOf = (answer: PromiseSettledResult<unknown>): string =>
  answer.status === 'rejected' ? String((answer.reason as { code?: string }).code) : '';

function failed(host: string, codes: readonly string[]): FetchStopped {
  const detail = codes.every((code) => NO_RECORDS.includes(code))
    ? `there is no host ${host}`
    : `the name servers did not answer for ${host} (${codes.join(', ')})`;
  return new FetchStopped(stop('DNS_FAILED', 'resolve', detail));
}
