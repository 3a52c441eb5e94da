import { generateKeyPair, X509Certificate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { recent } from '@causeway/eventing';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Validity } from './certificates.ts';
import { runKey } from './run-key.ts';

/** What a client in a run is shown for a host. */
export type ServerIdentity = {
  readonly context: SecureContext;
  /** SHA-256 of the certificate, hexadecimal. */ readonly certificateSha256: string;
};

export type RunAuthorities = {
  /** The certificate of a run's authority, in PEM. `patterns`: the hosts whose tunnels are looked into. */
  readonly certificateOf: (runId: string, patterns: readonly string[]) => Promise<string>;
  readonly identityFor: (runId: string, host: string) => Promise<ServerIdentity>;
};

type Parts = {
  /** What the keys of all runs are derived from; at least 32 bytes. Replicas with the same one have the same authorities. */
  readonly master: Uint8Array;
  readonly now: () => string;
  /** 32 hexadecimal digits, never the same. */
  readonly newSerial: () => string;
};

const HOUR_MS = 3_600_000;
const AUTHORITY_MS = 24 * HOUR_MS;
const LEAF_MS = 2 * HOUR_MS;
/** Clocks of clients may be behind by so much. */
const EARLY_MS = 5 * 60_000;
/** An identity is shown as long as it is good for another hour. */
const SHOWN_MS = HOUR_MS;
const KEPT = 256;

/** The authorities of runs, one for each: their keys are derived when they are wanted, kept in memory only, and never leave it. */
export function runAuthorities({ master, now, newSerial }: Parts): RunAuthorities {
  const keys = recent<string, KeyObject>(KEPT);
  const identities = recent<string, { readonly identity: Promise<ServerIdentity>; readonly untilMs: number }>(KEPT);

  function keyOf(runId: string): KeyObject {
    const key = keys.get(runId) ?? runKey(master, runId);
    keys.set(runId, key);
    return key;
  }

  function made(lastsMs: number): { readonly validity: Validity; readonly serialNumber: string } {
    const nowMs = Date.parse(now());
    const validity = { notBefore: new Date(nowMs - EARLY_MS), notAfter: new Date(nowMs + lastsMs) };
    return { validity, serialNumber: `01${newSerial()}` };
  }

  async function newIdentity(runId: string, host: string): Promise<ServerIdentity> {
    const { leafCertificate } = await import('./certificates.ts');
    const { privateKey, publicKey } = await newPair('ec', { namedCurve: 'P-256' });
    const authority = { key: keyOf(runId), name: nameOf(runId) };
    const cert = await leafCertificate({ authority, publicKey, host, ...made(LEAF_MS) });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    return {
      context: createSecureContext({ cert, key, minVersion: 'TLSv1.2' }),
      certificateSha256: fingerprintOf(cert),
    };
  }

  return {
    certificateOf: async (runId, patterns) => {
      const { authorityCertificate } = await import('./certificates.ts');
      const hosts = hostsOf(patterns);
      return authorityCertificate({ key: keyOf(runId), name: nameOf(runId), hosts, ...made(AUTHORITY_MS) });
    },
    identityFor: (runId, host) => {
      const name = `${runId} ${host}`;
      const nowMs = Date.parse(now());
      const known = identities.get(name);
      if (known && nowMs < known.untilMs) return known.identity;
      const identity = newIdentity(runId, host);
      identities.set(name, { identity, untilMs: nowMs + SHOWN_MS });
      identity.catch(() => identities.set(name, { identity, untilMs: 0 }));
      return identity;
    },
  };
}

const newPair = promisify(generateKeyPair);

const nameOf = (runId: string): string => `causeway ${runId}`;
const fingerprintOf = (pem: string): string =>
  new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

/** What a certificate can be held to; undefined when any host is looked into. A constraint covers what is below a host as well. */
export function hostsOf(patterns: readonly string[]): readonly string[] | undefined {
  return patterns.includes('*') ? undefined : patterns.map((pattern) => pattern.replace(/^\*\./, ''));
}
