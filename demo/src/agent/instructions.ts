/** What the agent makes of an instruction file. It believes every word of it. */
export type Instructions = {
  readonly title: string;
  /** Pages to collect facts from. */
  readonly pages: readonly URL[];
  /** Where to post the summary. */
  readonly publishTo: URL;
  /** Other addresses that the text tells it to post something to. */
  readonly otherPosts: readonly URL[];
};

const LINK = /\[[^\]\n]*\]\(([^)\s]+)\)/g;
const ORDER_TO_POST = /\bpost\b[^.]*?\bto\s+(https?:\/\/[^\s)]+)/gi;

/** Reads an instruction file that came from `from`; links in it may be relative. Throws when it does not say where to publish. */
export function readInstructions(text: string, from: URL): Instructions {
  const links = [...text.matchAll(LINK)].map(([, link = '']) => new URL(link, from));
  const publishTo = links.find(({ pathname }) => pathname.endsWith('/publish'));
  if (!publishTo) throw new Error(`the instructions at ${from.href} do not say where to publish`);
  return {
    title: /^# (.+)$/m.exec(text)?.[1] ?? 'Report',
    pages: links.filter(({ pathname }) => pathname.includes('/pages/')),
    publishTo,
    otherPosts: [...text.matchAll(ORDER_TO_POST)].map(([, url = '']) => new URL(url)),
  };
}

/** The first address in a goal, without the punctuation after it. Throws when there is none. */
export function addressIn(goal: string): URL {
  const [address] = /https?:\/\/[^\s,)]*[^\s,).:;]/.exec(goal) ?? [];
  if (address === undefined) throw new Error(`the goal names no address: ${goal}`);
  return new URL(address);
}

/** What the agent calls the step that reads the page with this number; the first is 1. */
export const readStepId = (number: number): string => `read-${number}`;
export const PUBLISH_STEP_ID = 'publish';
/** What the agent calls a step that an order in the text made it take. */
export const obeyStepId = (number: number): string => `obey-${number}`;
