import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import {
  canInstallSystemPackages,
  findCommand,
  installSystemPackage,
  ProvisioningError,
  repositoryRoot,
  run,
  silent,
  withLock,
} from '@causeway/provisioning';
import { testFolder } from '../place.ts';

const SOURCE = join(repositoryRoot, 'tools', 'foreign', 'go', 'main.go');
/** Where Debian puts the sources of Go packages. */
const GO_PATH = '/usr/share/gocode';
const PACKAGE = join(GO_PATH, 'src', 'golang.org', 'x', 'mod', 'sumdb', 'tlog');
const BUILD_TIMEOUT_MS = 300_000;

/** Path of `tools/foreign/go`, built: with the Go and the golang.org/x/mod of Debian, without a network. */
export function goProgram(): Promise<string> {
  return withLock(testFolder, 'foreign-go', async () => {
    const digest = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
    const program = join(testFolder, 'foreign', `verify-${digest}`);
    if (!existsSync(program)) await build(await findGo(), program);
    return program;
  });
}

async function findGo(): Promise<string> {
  if (canInstallSystemPackages()) {
    if (!findCommand('go')) await installSystemPackage('golang-go', silent);
    if (!existsSync(PACKAGE)) await installSystemPackage('golang-golang-x-mod-dev', silent);
  }
  const go = findCommand('go');
  if (go && existsSync(PACKAGE)) return go;
  throw new ProvisioningError(
    `Go and its package golang.org/x/mod in ${GO_PATH} are needed to check proofs with a program that is not ours, and are not there. ` +
      'Install them (Debian: apt-get install golang-go golang-golang-x-mod-dev).',
  );
}

async function build(go: string, program: string): Promise<void> {
  const env = {
    ...process.env,
    GOPATH: GO_PATH,
    GO111MODULE: 'off',
    GOFLAGS: '',
    CGO_ENABLED: '0',
    GOCACHE: join(testFolder, 'foreign', 'go-cache'),
  };
  const draft = `${program}.new`;
  await run(go, ['build', '-o', draft, SOURCE], { env, timeoutMs: BUILD_TIMEOUT_MS });
  renameSync(draft, program);
}
