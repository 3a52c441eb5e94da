/**
 * Whether tunnels to this host are looked into. A pattern is a host, `*.` and a suffix for whatever is below that, or `*` for every host; hosts and
 * patterns are in lower case, in A-labels, without a trailing dot.
 */
export const isIntercepted = (host: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => {
    if (pattern === '*') return true;
    return pattern.startsWith('*.')
      ? host.endsWith(pattern.slice(1)) && host.length >= pattern.length
      : host === pattern;
  });
