/** What an attempt through the proxy is told, and what the ledger has of it, request by request. */
export type Expected = { readonly told: string; readonly ledger: readonly string[] };

const byRules: Expected = { told: 'POLICY_DENIED', ledger: ['step.denied POLICY_DENIED'] };
const byAddress: Expected = { told: 'ADDRESS_REFUSED', ledger: ['egress.denied ADDRESS_REFUSED'] };
const byGuard: Expected = { told: 'POLICY_DENIED', ledger: ['egress.denied POLICY_DENIED'] };
const inTunnel = (told: string): Expected => ({ told, ledger: ['egress.denied TUNNEL_REFUSED'] });
/** Of nobody's run, so that no run's story has it: the ledger counts it by what it was told. */
const ofNobody = (told: string): Expected => ({ told, ledger: [] });

export const EXPECTED: Readonly<Record<string, Expected>> = {
  literal: byRules,
  'literal-decimal': byRules,
  'literal-octal': byRules,
  'literal-v6': byRules,
  metadata: byAddress,
  'metadata-hexadecimal': byAddress,
  'metadata-mapped': byRules,
  'metadata-by-name': byAddress,
  'private-by-name': byAddress,
  'mixed-answers': byAddress,
  'own-machine': byAddress,
  'user-information': byRules,
  rebinding: { told: '200, then ADDRESS_REFUSED', ledger: ['egress.completed', 'egress.denied ADDRESS_REFUSED'] },
  'redirect-to-metadata': { told: 'ADDRESS_REFUSED', ledger: ['egress.completed', 'egress.denied ADDRESS_REFUSED'] },
  'websocket-upgrade': byRules,
  'udp-upgrade': byRules,
  'other-host': byRules,
  'host-is-another': byRules,
  'origin-form': byRules,
  'other-scheme': byRules,
  // Bytes that HTTP/1.1 cannot read say nothing of a run.
  backslash: ofNobody('REQUEST_INVALID'),
  'two-lengths': ofNobody('REQUEST_INVALID'),
  'no-credential': ofNobody('CREDENTIAL_MISSING'),
  'credential-otherRun': ofNobody('CREDENTIAL_INVALID'),
  'credential-guessed': ofNobody('CREDENTIAL_INVALID'),
  'credential-revoked': ofNobody('CREDENTIAL_INVALID'),
  'relayed-tunnel': ofNobody('CREDENTIAL_MISSING'),
  'relayed-page': ofNobody('CREDENTIAL_MISSING'),
  'dns-denied': byRules,
  'dns-under-wildcard': byGuard,
  'tunnel-to-literal': byRules,
  'tunnel-to-metadata': byAddress,
  'tunnel-to-private': byAddress,
  'tunnel-to-other-port': byGuard,
  'sni-of-another': inTunnel('ECONNRESET'),
  'sni-missing': inTunnel('ECONNRESET'),
  'http-in-tunnel': inTunnel('closed'),
  'ssh-in-tunnel': inTunnel('closed'),
  'tunnel-in-tunnel': inTunnel('closed'),
  'bytes-before-the-tunnel': inTunnel('200'),
  'allowed-page': { told: '200', ledger: ['egress.completed'] },
  'allowed-tunnel': { told: '200', ledger: ['egress.tunnelled'] },
};
