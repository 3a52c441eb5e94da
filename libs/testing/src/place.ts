import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';

/** Where test servers keep their data; never an instance's own home. */
export const testFolder: string = join(repositoryRoot, '.causeway', 'test');

/** Whether the process that made something for its tests still runs, so that what it left behind can be told from what is in use. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
