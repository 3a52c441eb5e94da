// Checks a folder of proofs with @sigstore/verify, which npm carries for the provenance of packages:
//
//   node npm-verify.mjs <folder of the npm package> <folder of proofs>
//
// The folder of proofs is that of go/main.go. Consistency is not looked at: @sigstore/verify has no such check. Exits with 0 when everything
// holds, with 3 when something does not, and with something else when it could not tell.
import { Buffer } from 'node:buffer';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const EXIT_REFUSED = 3;
const ED25519_TYPE = 1;
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const [npmFolder, folder] = process.argv.slice(2);
// The package keeps these two functions to itself, so they are loaded by path.
const load = createRequire(join(npmFolder, 'package.json'));
const part = (name) => load(join(npmFolder, 'node_modules', '@sigstore', 'verify', 'dist', 'tlog', `${name}.js`));
const { verifyCheckpoint } = part('checkpoint');
const { verifyMerkleInclusion } = part('merkle');

const bytes = (name) => readFileSync(join(folder, name));
const text = (name) => bytes(name).toString('utf8');

/** The log as the trusted root of sigstore would name it. */
function logOf(vkey) {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey.trim()) ?? [];
  if (encoded === undefined) throw new Error('not a verifier key');
  const key = Buffer.from(encoded, 'base64');
  if (key[0] !== ED25519_TYPE) throw new Error('the verifier key is not of type Ed25519');
  const publicKey = createPublicKey({
    key: Buffer.concat([ED25519_PREFIX, key.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  return { logID: Buffer.from(id, 'hex'), publicKey, baseURL: `https://${name}` };
}

function open(log, envelope) {
  const checkpoint = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, [log]);
  if (`https://${checkpoint.origin}` !== log.baseURL) throw new Error(`a checkpoint of ${checkpoint.origin}`);
  return checkpoint;
}

function checkInclusion(log) {
  const proof = text('inclusion.tlog-proof');
  const blank = proof.indexOf('\n\n');
  const [header, ...lines] = proof.slice(0, blank).split('\n');
  if (blank < 0 || header !== 'c2sp.org/tlog-proof@v1') throw new Error('not a tlog-proof');
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const [indexLine = '', ...hashes] = lines;
  if (!/^index \d+$/.test(indexLine)) throw new Error('no index');
  const checkpoint = open(log, proof.slice(blank + 2));
  const inclusionProof = {
    logIndex: indexLine.slice('index '.length),
    hashes: hashes.map((hash) => Buffer.from(hash, 'base64')),
  };
  verifyMerkleInclusion({ canonicalizedBody: bytes('leaf'), inclusionProof }, checkpoint);
}

try {
  const log = logOf(text('vkey'));
  open(log, text('checkpoint'));
  open(log, text('older-checkpoint'));
  checkInclusion(log);
  console.log('accepted');
} catch (error) {
  if (error.code === 'ENOENT') throw error;
  console.error(`refused: ${error.message}`);
  process.exitCode = EXIT_REFUSED;
}
