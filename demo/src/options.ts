import { parseArgs } from 'node:util';
import { isServiceName, SERVICE_NAMES, type ServiceName } from '@causeway/provisioning';

export type Options = {
  /** Leave the approval to the person at the keyboard. */
  readonly pause: boolean;
  /** Which service is killed in the middle. */
  readonly kill: ServiceName | 'none';
  /** The report as JSON on standard output; everything else goes to standard error. */
  readonly json: boolean;
};

/** The command line could not be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the demo's arguments; UsageError says what is wrong with them. */
export function readOptions(args: readonly string[]): Options {
  const { pause, kill, json } = parse(args);
  if (kill !== 'none' && !isServiceName(kill)) {
    throw new UsageError(`--kill takes ${SERVICE_NAMES.join(', ')} or none, not "${kill}"`);
  }
  return { pause, kill, json };
}

function parse(args: readonly string[]): { pause: boolean; kill: string; json: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: {
        pause: { type: 'boolean', default: false },
        kill: { type: 'string', default: 'run-orchestrator' },
        json: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
