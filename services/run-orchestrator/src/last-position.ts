import type { LedgerPort } from '@causeway/eventing';
import { DependencyError } from '@causeway/messaging';

/** Ledger position of the event at this version of a stream: what an answer that adds nothing stands on. */
export async function lastPosition(ledger: LedgerPort, stream: string, version: number): Promise<number> {
  const [event] = await ledger.readStream(stream, version);
  if (!event)
    throw new DependencyError('LEDGER_UNAVAILABLE', `event ${version} of ${stream} could not be read; ask again`);
  return event.position;
}
