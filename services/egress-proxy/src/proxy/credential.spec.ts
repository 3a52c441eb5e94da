import { createHash } from 'node:crypto';
import { credentialOf } from './credential.ts';

const RUN = 'run_00000000000000000000000001';
const TOKEN = `cwa_${'x'.repeat(43)}`;
const of = (...values: readonly string[]) =>
  credentialOf({ rawHeaders: values.flatMap((value) => ['Proxy-Authorization', value]) });
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the credential of a connection', () => {
  it('is a run and the digest of a token; the token itself is not kept', () => {
    const credential = of(basic(`${RUN}:${TOKEN}`));
    expect(credential).toEqual({ runId: RUN, tokenSha256: createHash('sha256').update(TOKEN).digest('hex') });
    expect(JSON.stringify(credential)).not.toContain(TOKEN);
  });

  it.each([
    ['no field', []],
    ['two fields', [basic(`${RUN}:${TOKEN}`), basic(`${RUN}:${TOKEN}`)]],
    ['another scheme', [`Bearer ${TOKEN}`]],
    ['no base64', ['Basic ***']],
    ['no colon', [basic(RUN)]],
    ['no run', [basic(`ses_00000000000000000000000001:${TOKEN}`)]],
    ['no token', [basic(`${RUN}:`)]],
    ['a short token', [basic(`${RUN}:x`)]],
    ['control characters', [basic(`${RUN}:${TOKEN}\r\nx`)]],
  ])('is not taken from %s', (_name, values) => {
    expect(of(...values)).toBeUndefined();
  });

  it('is taken from no other field', () => {
    expect(
      credentialOf({ rawHeaders: ['Authorization', basic(`${RUN}:${TOKEN}`), 'X-Forwarded-For', '127.0.0.1'] }),
    ).toBeUndefined();
  });
});
