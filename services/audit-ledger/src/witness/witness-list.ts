import { readFileSync, statSync } from 'node:fs';
import { parseVerifierKey, type VerifierKey } from '@causeway/ledger';
import type { Log } from '@causeway/messaging';
import { z } from 'zod';

/** A witness that is asked for cosignatures. */
export type Witness = { readonly url: string; readonly vkey: string; readonly key: VerifierKey };

const Url = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });
const File = z.array(z.strictObject({ url: Url, vkey: z.string().transform(witnessKey) })).max(16);

function witnessKey(vkey: string, context: z.RefinementCtx): VerifierKey {
  try {
    const key = parseVerifierKey(vkey);
    if (key.algorithm === 'cosignature-v1') return key;
    context.addIssue({ code: 'custom', message: 'is the key of a log, not of a witness' });
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no verifier key' });
  }
  return z.NEVER;
}

/** Reads a list of witnesses, `[{"url", "vkey"}]`. Throws with every problem of it. */
export function parseWitnesses(text: string): readonly Witness[] {
  const raw: unknown = JSON.parse(text);
  const parsed = File.safeParse(raw);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data.map(({ url, vkey: key }, n) => ({ url, key, vkey: (raw as { vkey: string }[])[n]!.vkey }));
}

/**
 * The witnesses of a file, read again whenever it changes; none while there is no file. A file that cannot be understood changes nothing and is told of
 * once: witnesses are never a reason to stop.
 */
export function witnessesFile(path: string | undefined, log: Log): () => readonly Witness[] {
  let mark = '';
  let witnesses: readonly Witness[] = [];

  function readChanged(file: string): void {
    const stat = statSync(file, { throwIfNoEntry: false });
    const now = stat ? `${stat.mtimeMs}/${stat.size}/${stat.ino}` : '';
    if (now === mark) return;
    mark = now;
    witnesses = stat ? parseWitnesses(readFileSync(file, 'utf8')) : [];
    log.info({ witnesses: witnesses.map(({ key }) => key.name) }, 'the list of witnesses was read');
  }

  return () => {
    try {
      if (path !== undefined) readChanged(path);
    } catch (err) {
      log.error({ err, path }, 'the list of witnesses cannot be used; the witnesses of before are asked');
    }
    return witnesses;
  };
}
