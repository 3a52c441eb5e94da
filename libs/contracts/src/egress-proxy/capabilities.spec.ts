import { formatId } from '../ids.ts';
import { FetchInput, httpFetch, READ_AHEAD_BYTES } from './capabilities.ts';

const bounds = {
  maxRequestBytes: 1_000,
  maxResponseBytes: 2_000,
  maxRedirects: 0,
  timeoutMs: 1,
  tunnelMs: 1,
  tunnelBytesOut: 0,
  tunnelBytesIn: 0,
};
const large = { ...bounds, maxKeptBytes: 5_000_000, maxSentBytes: 7_000_000 };
const reserves = (input: Partial<FetchInput>, within = large) =>
  httpFetch.reserves?.(FetchInput.parse({ url: 'https://a.example/', ...input }), within) ?? {};

describe('what a fetch reserves', () => {
  it('has room for the largest body that policy lets be kept, on the wire and in the store', () => {
    const { bytesIn = 0, storedBytes = 0 } = reserves({});
    expect(bytesIn).toBeGreaterThanOrEqual(5_000_000 + 5_000_000 / 64);
    expect(storedBytes).toBeGreaterThanOrEqual(5_000_000);
  });

  it('is as before where policy keeps no body, and less where the agent asks for less', () => {
    const small = reserves({}, bounds as typeof large);
    expect(small).toMatchObject({ bytesIn: 2_000 + 16_384 + READ_AHEAD_BYTES, storedBytes: 4_000 + 16_384 });
    expect(reserves({ maxBytes: 1_500 })).toMatchObject({
      bytesIn: 1_500 + 16_384 + READ_AHEAD_BYTES,
      storedBytes: 3_000 + 16_384,
    });
  });

  it('has room for a resource that is sent as the body', () => {
    const bodyRef = formatId('resource', new Uint8Array(16));
    const [with_, without] = [reserves({ method: 'POST', bodyRef }), reserves({ method: 'POST' })];
    expect((with_.bytesOut ?? 0) - (without.bytesOut ?? 0)).toBeGreaterThanOrEqual(7_000_000);
  });
});
