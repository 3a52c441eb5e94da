import 'reflect-metadata';
import { createPublicKey, webcrypto, type KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints,
} from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';

/** When a certificate is good. */
export type Validity = { readonly notBefore: Date; readonly notAfter: Date };
type Made = { readonly validity: Validity; /** 1 to 20 bytes, as hexadecimal digits. */ readonly serialNumber: string };

export type AuthorityParts = Made & {
  readonly key: KeyObject;
  /** What it is called; certificates that it issues name it. */
  readonly name: string;
  /** The only hosts that it can vouch for, whatever is below them included; undefined: any. */
  readonly hosts: readonly string[] | undefined;
};
export type LeafParts = Made & {
  readonly authority: { readonly key: KeyObject; readonly name: string };
  readonly publicKey: KeyObject;
  readonly host: string;
};

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const NO_ADDRESSES = ['0.0.0.0/0', '::/0'].map((iPAddress) => subtree({ iPAddress }));

/**
 * The certificate, in PEM, of an authority that vouches for itself (RFC 5280): for servers with a name, never for addresses, and never for another
 * authority.
 */
export async function authorityCertificate({ key, name, hosts, ...made }: AuthorityParts): Promise<string> {
  const keys = { privateKey: signingKey(key), publicKey: verifyingKey(createPublicKey(key)) };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...{ serialNumber: made.serialNumber, ...made.validity, name: nameOf(name), keys, signingAlgorithm: SIGNING },
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        constraints(hosts),
      ],
    },
    webcrypto,
  );
  return certificate.toString('pem');
}

/** The certificate, in PEM, of a server with this host name alone, from an authority. */
export async function leafCertificate({ authority, publicKey, host, ...made }: LeafParts): Promise<string> {
  const issuer = verifyingKey(createPublicKey(authority.key));
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...{ serialNumber: made.serialNumber, ...made.validity, issuer: nameOf(authority.name), subject: LEAF_NAME },
      ...{ publicKey: verifyingKey(publicKey), signingKey: signingKey(authority.key), signingAlgorithm: SIGNING },
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    },
    webcrypto,
  );
  return certificate.toString('pem');
}

const nameOf = (name: string) => [{ CN: [name] }];
/** A common name has 64 characters at most; the host is in the alternative name, where clients look. */
const LEAF_NAME = nameOf('causeway');

const signingKey = (key: KeyObject) => key.toCryptoKey(P256, false, ['sign']);
const verifyingKey = (key: KeyObject) => key.toCryptoKey(P256, true, ['verify']);

function subtree(name: { readonly dNSName: string } | { readonly iPAddress: string }): GeneralSubtree {
  return new GeneralSubtree({ base: new GeneralName(name) });
}

/** RFC 5280 section 4.2.1.10. */
function constraints(hosts: readonly string[] | undefined): x509.Extension {
  const value = new NameConstraints({
    ...(hosts ? { permittedSubtrees: new GeneralSubtrees(hosts.map((dNSName) => subtree({ dNSName }))) } : {}),
    excludedSubtrees: new GeneralSubtrees(NO_ADDRESSES),
  });
  return new x509.Extension(id_ce_nameConstraints, true, AsnConvert.serialize(value));
}
