import type { Log } from '../log.ts';
import { ProvisioningError, reasonOf } from '../provisioning-error.ts';

/** One place a thing can come from. `find` resolves to undefined when that place has none, and throws when it should have but failed. */
export type Source<Found> = { readonly name: string; readonly find: () => Promise<Found | undefined> };

/**
 * The first thing that one of the sources offers, in the order given; a source after it is not even asked, because asking may install.
 * When none has any, the error says what each one answered and ends with `advice`.
 */
export async function firstAvailable<Found>(
  sources: readonly Source<Found>[],
  advice: string,
  log: Log,
): Promise<Found> {
  const answers: string[] = [];
  for (const { name, find } of sources) {
    try {
      const found = await find();
      if (found !== undefined) return found;
      answers.push(`${name}: none`);
    } catch (error) {
      log(`${name}: ${reasonOf(error)}`);
      answers.push(`${name}: ${reasonOf(error)}`);
    }
  }
  throw new ProvisioningError(
    `${advice}\nTried in this order:\n${answers.map((answer) => `  - ${answer}`).join('\n')}`,
  );
}
