import { loadCertificates, type Looked, lookedInto, viaTunnel } from '../../test/intercepted.features.ts';
import { basic, viaProxy } from '../../test/proxied.ts';
import { closeAll } from '../../test/sites.ts';

const running: Looked[] = [];
beforeAll(loadCertificates, 60_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await closeAll();
});

async function behind(options: Parameters<typeof lookedInto>[1] = {}): Promise<Looked> {
  const made = await lookedInto(({ target, method }, response) => void response.end(`${method} ${target}`), options);
  running.push(made);
  return made;
}

describe('the certificate of a run', () => {
  it('is given to whoever has its credential, by the proxy itself', async () => {
    const made = await behind();
    const page = (headers: Record<string, string>) =>
      viaProxy(made.port, 'http://causeway.invalid/ca.pem', { headers });
    expect(await page({})).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-pem-file' } });
    expect(made.ca).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(await page({ 'proxy-authorization': 'Basic !' })).toMatchObject({ status: 407, code: 'CREDENTIAL_MISSING' });
    expect(await page({ 'proxy-authorization': basic(undefined, 'y'.repeat(47)) })).toMatchObject({
      status: 407,
      code: 'CREDENTIAL_INVALID',
    });
    expect([made.steps, made.server.connections(), made.asked]).toEqual([[], 0, []]);
    expect(await viaProxy(made.port, 'http://causeway.invalid/other')).toMatchObject({ code: 'ADDRESS_REFUSED' });
  });

  it('is not there where no tunnel is looked into', async () => {
    const made = await behind({ egress: { intercept: [] } });
    expect(JSON.parse(made.ca)).toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('vouches for the hosts that are looked into, and for no other', async () => {
    const made = await behind({ egress: { intercept: ['*.example.org'] } });
    const all = await behind();
    await expect(viaTunnel({ ...all, ca: made.ca }, '/')).rejects.toThrow(/permitted subtree|closed/);
  });
});
