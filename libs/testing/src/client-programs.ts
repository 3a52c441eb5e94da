import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { canInstallSystemPackages, findCommand, installSystemPackage, silent } from '@causeway/provisioning';

/** A program of Debian; installed where that is possible and it is missing. */
export async function debianProgram(name: string): Promise<string> {
  if (!findCommand(name) && canInstallSystemPackages()) await installSystemPackage(name, silent);
  const found = findCommand(name);
  if (!found) throw new Error(`${name} is needed and is not there; install it (Debian: apt-get install ${name})`);
  return found;
}

/** The npm that came with this Node, or else the one on PATH. */
export const npmProgram = (): string =>
  findCommand('npm', [dirname(process.execPath)]) ?? findCommand('npm') ?? join(dirname(process.execPath), 'npm');

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end; what it is told besides its arguments is `env` and PATH alone. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<Ran> {
  const path = [dirname(process.execPath), process.env['PATH']].join(':');
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: path, HOME: cwd, ...env }, timeout: 100_000, maxBuffer: 2 ** 24 };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}
