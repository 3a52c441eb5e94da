import { announcementOf, networkTunnel, type CapabilityContract, type CapabilityDescriptor } from '@causeway/contracts';
import { descriptorDigest } from './descriptor.ts';
import { knownCapability } from './known-capability.ts';

const bundled = networkTunnel as unknown as CapabilityContract;
const descriptor: CapabilityDescriptor = { ...announcementOf(bundled), owner: bundled.owner };
const BOUNDS = {
  ...{ maxRequestBytes: 1, maxResponseBytes: 2, maxRedirects: 3, timeoutMs: 4 },
  ...{ tunnelMs: 5, tunnelBytesOut: 6, tunnelBytesIn: 7 },
};

describe('what a call may use and how long it may last', () => {
  it('is known of a capability that is announced as this version has it', () => {
    const known = knownCapability(descriptor, descriptorDigest(descriptor));
    expect(known.lastsMs?.(BOUNDS)).toBe(5);
    expect(known.reserves?.({}, BOUNDS)).toEqual({ bytesOut: 6, bytesIn: 7 });
  });

  it('is not known of one that is announced in another way', () => {
    const other = { ...descriptor, untrusted: !descriptor.untrusted };
    const known = knownCapability(other, descriptorDigest(other));
    expect([known.lastsMs, known.reserves]).toEqual([undefined, undefined]);
  });
});
