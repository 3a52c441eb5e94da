import type { Ground } from './ground.ts';
import { SITE, type Attempt, type AttemptSet } from './sets.ts';

/** A way into egress-proxy. `send` answers with the code of the refusal, or `ok`. */
export type Face = { readonly send: (attempt: Pick<Attempt, 'url' | 'headers'>) => Promise<string> };

/** What became of a set: how many attempts ended with which code, and which public addresses were dialled. */
export type SetResult = {
  readonly set: string;
  readonly count: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly reached: readonly string[];
  /** Answered although the attempt does not end at the allowed site. */
  readonly answered: readonly string[];
  readonly canaryHits: number;
};

const IN_FLIGHT = 16;

/** Sends every attempt of every set through a face. */
export async function runBattery(face: Face, at: Ground, sets: readonly AttemptSet[]): Promise<readonly SetResult[]> {
  const results: SetResult[] = [];
  for (const set of sets) results.push(await runSet(face, at, set));
  return results;
}

async function runSet(face: Face, at: Ground, { name, attempts }: AttemptSet): Promise<SetResult> {
  const before = at.canaryHits();
  const codes: Record<string, number> = {};
  const answered: string[] = [];
  const waiting = [...attempts];
  const worker = async () => {
    for (let attempt = waiting.shift(); attempt; attempt = waiting.shift()) {
      const code = await sendOne(face, at, attempt);
      codes[code] = (codes[code] ?? 0) + 1;
      if (code === 'ok' && attempt.url !== SITE) answered.push(attempt.url);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const canaryHits = at.canaryHits() - before;
  return { set: name, count: attempts.length, codes, reached: at.takeReached(), answered, canaryHits };
}

function sendOne(face: Face, at: Ground, { url, headers, dns, location }: Attempt): Promise<string> {
  if (dns) at.say(new URL(url).hostname, dns);
  const to = location === undefined ? '' : `?to=${Buffer.from(location, 'latin1').toString('base64url')}`;
  const target = url === SITE ? `${at.siteUrl}/${to}` : url;
  return face.send({ url: target, ...(headers ? { headers } : {}) });
}
