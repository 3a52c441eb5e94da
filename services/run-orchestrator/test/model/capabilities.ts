import {
  announcementOf,
  httpFetch,
  networkForward,
  networkTunnel,
  type AnnouncedCapability,
  type CapabilityContract,
  type CapabilityDescriptor,
} from '@causeway/contracts';
import { descriptorDigest } from '../../src/capabilities/descriptor.ts';
import { knownCapability, type KnownCapability } from '../../src/capabilities/known-capability.ts';
import { capabilityStreamOf } from '../../src/edge.ts';
import { ECHO } from './scene.ts';

/** The provider that offers {@link ECHO}. */
export const ECHOING = 'echoing';

const takes = (properties: object, required: readonly string[]): AnnouncedCapability['inputSchema'] =>
  ({ type: 'object', properties, required, additionalProperties: false }) as AnnouncedCapability['inputSchema'];
const echo = (version: string, inputSchema: AnnouncedCapability['inputSchema']): AnnouncedCapability => ({
  ...{ id: ECHO, version, title: 'Echo', description: 'Says what it was told.', untrusted: false, inputSchema },
  resultSchema: { type: 'object', properties: { said: { type: 'string' } }, required: ['said'] },
  effects: { rules: [], otherwise: 'none' },
  ...{ safeToRepeat: false, approval: { risk: 'low', decisive: [] }, rejections: [] },
});
const text = { type: 'string' };
const fields = { method: text, url: text, words: text };

/** What the echoing provider announces: a form, another that takes the same, one that asks for more, nothing at all, and what is not its own. */
export const ANNOUNCEMENTS = {
  first: [echo('1', takes(fields, ['words']))],
  other: [echo('2', takes({ ...fields, words: { ...text, maxLength: 4_000 } }, ['words']))],
  stricter: [echo('3', takes({ ...fields, more: text }, ['words', 'more']))],
  nothing: [],
  foreign: [{ ...echo('1', takes(fields, ['words'])), id: 'network.http-fetch' }],
} as const satisfies Readonly<Record<string, readonly AnnouncedCapability[]>>;
export type AnnouncementName = keyof typeof ANNOUNCEMENTS;
/** Whether the steps of these stories fit what it takes. */
export const takesOurSteps = (version: string): boolean => version !== '3';

const OURS = [httpFetch, networkForward, networkTunnel] as readonly CapabilityContract[];
const AT_FIRST: readonly CapabilityDescriptor[] = [
  ...OURS.map((contract) => ({ ...announcementOf(contract), owner: contract.owner })),
  { ...ANNOUNCEMENTS.first[0], owner: ECHOING },
];
const digests = new Map(AT_FIRST.map((descriptor) => [descriptor.id, descriptorDigest(descriptor)]));

/** The events with which every story's capabilities are there from the first moment. */
export const announcedAtFirst = (at: string) =>
  AT_FIRST.map((descriptor) => ({
    stream: capabilityStreamOf(descriptor.id),
    event: { type: 'capability.announced', data: { descriptor, digest: digests.get(descriptor.id)!, at } },
  }));

const made = new Map<string, KnownCapability>();

/** Ready-made capabilities, one for all stories: to compile a schema takes longer than to play a story. */
export function readyMade(descriptor: CapabilityDescriptor, digest: string): KnownCapability {
  const known = made.get(digest) ?? knownCapability(descriptor, digest);
  made.set(digest, known);
  return known;
}
