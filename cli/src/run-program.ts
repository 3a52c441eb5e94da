import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ProvisioningError, repositoryRoot } from '@causeway/provisioning';
import { EXIT, type ExitCode } from './exit-code.ts';

/** Runs one of the repository's programs from source in our terminal, to its end. `path` is relative to the repository. */
export function runProgram(path: string, args: readonly string[]): Promise<ExitCode> {
  const program = join(repositoryRoot, path);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=@causeway/source', program, ...args], { stdio: 'inherit' });
    // Ctrl-C reaches the program as well; it decides, and we report.
    process.on('SIGINT', () => undefined);
    child.once('error', (error) =>
      reject(new ProvisioningError(`could not run ${path}: ${error.message}`, { cause: error })),
    );
    child.once('exit', (code) => resolve(code === EXIT.ok || code === EXIT.unclear ? code : EXIT.failed));
  });
}
