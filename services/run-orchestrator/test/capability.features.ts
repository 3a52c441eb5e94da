import type { AnnouncedCapability, CapabilityDescriptor } from '@causeway/contracts';

/** A capability of a provider that is none of ours. */
export const echo = (more: Partial<AnnouncedCapability> = {}): AnnouncedCapability => ({
  ...{ id: 'x.echo', version: '1', title: 'Echo', description: 'Says what it was told.', untrusted: false },
  inputSchema: {
    type: 'object',
    properties: { text: { type: 'string', maxLength: 100 }, times: { type: 'integer', minimum: 1, default: 1 } },
    required: ['text'],
    additionalProperties: false,
  },
  resultSchema: { type: 'object', properties: { said: { type: 'string' } }, required: ['said'] },
  effects: { rules: [], otherwise: 'none' },
  ...{ safeToRepeat: false, approval: { risk: 'low', decisive: [] }, rejections: [] },
  ...more,
});

export const echoOf = (owner: string, more: Partial<AnnouncedCapability> = {}): CapabilityDescriptor => ({
  ...echo(more),
  owner,
});
