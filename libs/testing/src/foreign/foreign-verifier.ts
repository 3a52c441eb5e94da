import { spawnSync } from 'node:child_process';
import { goProgram } from './go-program.ts';
import { npmPackage, NPM_VERIFY } from './npm-package.ts';

export type Verdict = { readonly accepted: boolean; readonly said: string };

/** A program that we did not write, which checks proofs. */
export type ForeignVerifier = {
  readonly name: 'golang.org/x/mod/sumdb' | '@sigstore/verify';
  /** Judges a folder that `writeProofFolder` wrote. Throws when the program could not tell. */
  readonly verify: (folder: string) => Verdict;
};

const EXIT_REFUSED = 3;

/**
 * The programs of `tools/foreign`, built and ready: Go's own note and tlog packages, and the sigstore verifier that npm carries. Installs what is
 * missing, or fails and says what could not be had; allow minutes the first time.
 */
export async function foreignVerifiers(): Promise<readonly ForeignVerifier[]> {
  const program = await goProgram();
  const npm = await npmPackage();
  return [
    { name: 'golang.org/x/mod/sumdb', verify: (folder) => judge(program, [folder]) },
    { name: '@sigstore/verify', verify: (folder) => judge(process.execPath, [NPM_VERIFY, npm, folder]) },
  ];
}

function judge(command: string, args: readonly string[]): Verdict {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  const said = `${stdout}${stderr}`.trim();
  if (status !== 0 && status !== EXIT_REFUSED)
    throw new Error(`${command} could not tell (exit ${status}): ${said}`, { cause: error });
  return { accepted: status === 0, said };
}
