import { cosignedAt, formatAddCheckpoint, formatSignature, parseNote, parseSignatureLines } from '@causeway/ledger';
import type { Post, WitnessAnswer } from './post-to-witness.ts';
import type { Witness } from './witness-list.ts';

/** What is asked of a witness: to cosign this checkpoint. */
export type Question = {
  readonly witness: Witness;
  readonly size: number;
  readonly note: string;
  /** Size of the last checkpoint that the witness is believed to know. */
  readonly oldSize: number;
  /** RFC 6962 2.1.2, from this size to `size`. */
  readonly proofFrom: (oldSize: number) => Promise<readonly Uint8Array[]>;
};

export type Answered =
  | { readonly cosigned: true; readonly line: string; readonly timestampS: number }
  | { readonly cosigned: false; readonly problem: string };

const SIZE_TYPE = 'text/x.tlog.size';
const SHOWN_CHARACTERS = 200;
const problem = (why: string): Answered => ({ cosigned: false, problem: why });

/**
 * Asks a witness to cosign (C2SP tlog-witness, add-checkpoint). When it knows another size than expected (409), it is asked once more from there.
 * A cosignature that does not verify is a problem like any other; rejects only when `proofFrom` does.
 */
export async function askWitness(question: Question, post: Post): Promise<Answered> {
  const first = await attempt(question, question.oldSize, post);
  if (typeof first === 'string') return problem(first);
  const known = knownSize(first);
  if (known === undefined) return read(question, first);
  if (known > question.size)
    return problem(`it knows a checkpoint of ${known} events, more than the ${question.size} of this log`);
  const second = await attempt(question, known, post);
  return typeof second === 'string' ? problem(second) : read(question, second);
}

/** The answer, or why there was none. */
async function attempt(
  { witness, note, ...of }: Question,
  oldSize: number,
  post: Post,
): Promise<WitnessAnswer | string> {
  const body = formatAddCheckpoint({ oldSize, proof: await of.proofFrom(oldSize), note });
  const url = new URL('add-checkpoint', witness.url.endsWith('/') ? witness.url : `${witness.url}/`);
  try {
    return await post(url.href, body);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return `no answer (${code ?? message})`;
  }
}

function knownSize({ status, type, body }: WitnessAnswer): number | undefined {
  const isSize = status === 409 && type.split(';')[0]?.trim() === SIZE_TYPE && /^(0|[1-9]\d{0,14})\n$/.test(body);
  return isSize ? Number(body) : undefined;
}

function read({ witness, note }: Question, { status, body }: WitnessAnswer): Answered {
  if (status !== 200) return problem(`it answered ${status}: ${body.slice(0, SHOWN_CHARACTERS).trim()}`);
  try {
    const { text } = parseNote(note);
    for (const signature of parseSignatureLines(body)) {
      const timestampS = cosignedAt(text, signature, witness.key);
      if (timestampS !== undefined) return { cosigned: true, line: formatSignature(signature), timestampS };
    }
  } catch {
    return problem('its answer holds no signature lines');
  }
  return problem('its answer holds no cosignature of this checkpoint by its key');
}
