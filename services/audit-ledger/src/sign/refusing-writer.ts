import { rejected } from '@causeway/messaging';
import type { Writer } from '../append/writer.ts';
import type { TermGate } from './term-gate.ts';

/**
 * A writer that refuses every append while there is a reason to: then nothing reaches the log. What comes while that is being found out waits for it,
 * which is as long as a few reads take.
 */
export function refusingWriter(
  writer: Pick<Writer, 'append'>,
  gate: Pick<TermGate, 'opening' | 'refusal'>,
): Pick<Writer, 'append'> {
  const append: Writer['append'] = (request) => {
    const opening = gate.opening();
    if (opening) return opening.then(() => append(request));
    const why = gate.refusal();
    return why === undefined ? writer.append(request) : Promise.resolve(rejected('LEDGER_ROLLED_BACK', why));
  };
  return { append };
}
