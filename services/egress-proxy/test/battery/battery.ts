import type { Ground } from './ground.ts';
import { SITE, type Attempt, type AttemptSet } from './sets.ts';

/** A way into egress-proxy. `send` answers with the code of the refusal, or `ok`. */
export type Face = {
  readonly send: (attempt: Pick<Attempt, 'url' | 'headers'>) => Promise<string>;
  /** Attempts that end at an allowed site by what they are, besides those that are made for it. */
  readonly mayBeAnswered?: (attempt: Attempt) => boolean;
  /** How many requests inside of tunnels were decided, taken out. */
  readonly takeDecidedInside?: () => number;
};

/** What became of a set: how many of its attempts, each made once, ended with which code, and which public addresses were dialled. */
export type SetResult = {
  readonly set: AttemptSet;
  readonly codes: Readonly<Record<string, number>>;
  readonly reached: readonly string[];
  /** Answered although the attempt does not end at an allowed site. */
  readonly answered: readonly string[];
  readonly canaryHits: number;
  /** Requests inside of tunnels that were decided, one by one. */
  readonly decidedInside: number;
};

const IN_FLIGHT = 16;

/** Sends every attempt of every set through a face. */
export async function runBattery(face: Face, at: Ground, sets: readonly AttemptSet[]): Promise<readonly SetResult[]> {
  const results: SetResult[] = [];
  for (const set of sets) results.push(await runSet(face, at, set));
  return results;
}

async function runSet(face: Face, at: Ground, set: AttemptSet): Promise<SetResult> {
  const before = at.canaryHits();
  const codes: Record<string, number> = {};
  const answered: string[] = [];
  const waiting = [...set.attempts];
  const worker = async () => {
    for (let attempt = waiting.shift(); attempt; attempt = waiting.shift()) {
      const code = await sendOne(face, at, attempt);
      codes[code] = (codes[code] ?? 0) + 1;
      if (code === 'ok' && attempt.url !== SITE && !face.mayBeAnswered?.(attempt)) answered.push(attempt.url);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const canaryHits = at.canaryHits() - before;
  const decidedInside = face.takeDecidedInside?.() ?? 0;
  return { set, codes, reached: at.takeReached(), answered, canaryHits, decidedInside };
}

function sendOne(face: Face, at: Ground, { url, headers, dns, location }: Attempt): Promise<string> {
  if (dns) at.say(new URL(url).hostname, dns);
  const to = location === undefined ? '' : `?to=${Buffer.from(location, 'latin1').toString('base64url')}`;
  const target = url === SITE ? `${at.siteUrl}/${to}` : url;
  return face.send({ url: target, ...(headers ? { headers } : {}) });
}
