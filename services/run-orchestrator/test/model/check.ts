import fc from 'fast-check';
import { cover, noCoverage, type Coverage } from './coverage.ts';
import { brokenIn } from './laws.ts';
import type { Sabotage } from './replica.ts';
import { sequencesAbout, type Sequence, type ThemeName } from './sequences.ts';
import { played } from './world.ts';

export type Verdict = {
  readonly sequences: number;
  readonly crashes: number;
  readonly messages: number;
  readonly coverage: Coverage;
  /** The smallest story that was found in which a promise is broken; undefined when all were kept. */
  readonly counterexample?: string;
};

export type Check = {
  readonly sequences: number;
  /** The same seed gives the same stories; left out, others each time. */
  readonly seed?: number;
  readonly sabotage?: Sabotage;
  /** What all stories are about; left out, some are about each thing. */
  readonly about?: ThemeName | undefined;
  /** Whether a story that breaks a promise is made smaller. Default yes. */
  readonly shrinks?: boolean;
};

/** Plays so many sequences and counts them; stops at the first that breaks a promise. */
export async function checkAgainstModel({
  sequences: numRuns,
  seed,
  sabotage,
  about,
  shrinks = true,
}: Check): Promise<Verdict> {
  const count = { sequences: 0, crashes: 0, messages: 0, coverage: noCoverage() };
  const property = fc.asyncProperty(sequencesAbout(about), async (sequence) => {
    const world = await played(sequence, sabotage);
    count.sequences++;
    count.crashes += world.crashes;
    count.messages += world.network.arrived();
    cover(count.coverage, world);
    const broken = await brokenIn(world);
    if (broken.length > 0) throw new Error(`promises broken:\n${broken.join('\n')}`);
  });
  const details = await fc.check(property, {
    numRuns,
    endOnFailure: !shrinks,
    ...(seed === undefined ? {} : { seed }),
  });
  return details.failed ? { ...count, counterexample: toldOf(details) } : count;
}

function toldOf({ seed, counterexamplePath, counterexample, errorInstance }: fc.RunDetails<[Sequence]>): string {
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return `${why}\nin (seed ${seed}, path ${counterexamplePath}):\n${JSON.stringify(counterexample?.[0])}`;
}

export const inWords = ({ sequences: played, crashes, messages }: Verdict): string =>
  `${played} sequences, ${messages} messages, ${crashes} crashes`;
