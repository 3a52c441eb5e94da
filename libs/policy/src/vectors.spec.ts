import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ipaddr from 'ipaddr.js';
import { classifyAddress } from './address-class.ts';
import { canonicalUrl } from './canonical-url.ts';

/** Third-party cases beside the repository, where somebody put them; our own cases stand in for them elsewhere. */
const folder = fileURLToPath(new URL('../../../../shared/vectors/egress/', import.meta.url));
const fileOr = <Value>(name: string, parse: (text: string) => Value, own: Value): { cases: Value; source: string } =>
  existsSync(folder + name)
    ? { cases: parse(readFileSync(folder + name, 'utf8')), source: name }
    : { cases: own, source: `own cases, no ${name}` };
const report = (count: number, source: string) => process.stdout.write(`egress vectors: ${count} from ${source}\n`);

type Block = { readonly block: string; readonly reachable: boolean };
function ianaBlocks(text: string): Block[] {
  const rows = text.trim().split('\n').slice(1);
  return rows.flatMap((row) => {
    const fields = row.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)?.map((field) => field.replace(/,$/, '')) ?? [];
    const block = /^"?([0-9a-f:.]+\/\d+)/i.exec(fields[0] ?? '')?.[1];
    return block === undefined ? [] : [{ block, reachable: fields[8]?.startsWith('True') === true }];
  });
}

function edgesOf(block: string): string[] {
  const [network, bits] = ipaddr.parseCIDR(block);
  const bytes = network.toByteArray();
  const last = bytes.map((octet, index) => octet | (0xff >> Math.min(8, Math.max(0, bits - 8 * index))));
  return [network.toString(), ipaddr.fromByteArray(last).toString()];
}

describe('third-party vectors', () => {
  it.each([
    ['iana/iana-ipv4-special-registry.csv', '10.0.0.0/8'],
    ['iana/iana-ipv6-special-registry.csv', 'fc00::/7'],
  ])('no special-purpose block of %s that is not globally reachable counts as public', (name, own) => {
    const { cases, source } = fileOr(name, ianaBlocks, [{ block: own, reachable: false }]);
    const inside = cases.filter(({ reachable }) => !reachable);
    report(inside.length, source);
    expect(inside.length).toBeGreaterThan(0);
    const leaks = inside.flatMap(({ block }) => edgesOf(block)).filter((ip) => classifyAddress(ip).class === 'public');
    expect(leaks).toEqual([]);
  });

  it('nothing that ipaddr.js puts into a special range counts as public, except what maps to a public address', () => {
    const { cases, source } = fileOr(
      'ipaddrjs/range_cases.json',
      (text) => JSON.parse(text) as { ip: string; range: string }[],
      [{ ip: '10.0.0.1', range: 'private' }],
    );
    report(cases.length, source);
    const special = cases.filter(({ range }) => range !== 'unicast');
    expect(special.length).toBeGreaterThan(0);
    expect(special.filter(({ ip }) => classifyAddress(ip).class === 'public')).toEqual([]);
  });

  it('nothing that smokescreen denies for its range counts as public', () => {
    type Case = { ip: string; port: number; expected: string };
    const { cases, source } = fileOr(
      'smokescreen/classify.json',
      (text) => (JSON.parse(text) as { cases: Case[] }).cases,
      [{ ip: '127.0.0.1', port: 1, expected: 'ipDenyNotGlobalUnicast' }],
    );
    report(cases.length, source);
    const denied = cases.filter(({ expected }) => expected.startsWith('ipDeny') && expected !== 'ipDenyUserConfigured');
    expect(denied.length).toBeGreaterThan(0);
    expect(denied.filter(({ ip }) => classifyAddress(ip).class === 'public')).toEqual([]);
  });

  it('accepts no URL that the WHATWG standard calls a failure, and reads the others as the standard does', () => {
    type Case =
      | string
      | { input: string; base: string | null; failure?: true; hostname?: string; port?: string; search?: string };
    const { cases, source } = fileOr('wpt/urltestdata.json', (text) => JSON.parse(text) as Case[], [
      { input: 'http://[::1%25lo]/', base: null, failure: true },
      { input: 'http://Example.org:81/?x', base: null, hostname: 'example.org', port: '81', search: '?x' },
    ]);
    const absolute = cases.filter((one) => typeof one !== 'string').filter(({ input }) => /^https?:/i.test(input));
    report(absolute.length, source);
    const failures = absolute.filter(({ failure }) => failure);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.filter(({ input }) => canonicalUrl(input).ok)).toEqual([]);
    const read = absolute.flatMap((one) => {
      const result = canonicalUrl(one.input);
      return result.ok ? [{ one, url: result.url }] : [];
    });
    expect(read.length).toBeGreaterThan(0);
    for (const { one, url } of read) {
      expect({ input: one.input, host: url.host }).toEqual({
        input: one.input,
        host: one.hostname?.replace(/^\[|\]$|\.$/g, ''),
      });
      expect({ input: one.input, query: url.query }).toEqual({
        input: one.input,
        query: one.search?.replace(/^\?/, ''),
      });
    }
  });

  it('reads international names as UTS 46 maps them, or not at all', () => {
    const { cases, source } = fileOr('idna/IdnaTestV2.txt', idnaCases, [['fa\u00DF.example', 'xn--fa-hia.example']]);
    const read = cases.flatMap(([name, ascii]) => {
      const result = canonicalUrl(`https://${name}/`);
      return result.ok && !result.url.isIpLiteral ? [{ name, host: result.url.host, ascii }] : [];
    });
    report(read.length, source);
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter(({ host, ascii }) => host !== ascii)).toEqual([]);
  });

  it.each([
    'patt/ssrf_payloads.txt',
    'patt/cloud_metadata_urls.txt',
    'patt/ssrf_protocols.txt',
    'patt/Open-Redirect-payloads.txt',
  ])('no address in %s leads to a public IP literal that is inside, and no other scheme is accepted', (name) => {
    const { cases, source } = fileOr(name, (text) => text.match(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`]+/giu) ?? [], [
      'http://0xA9FEA9FE/',
      'gopher://127.0.0.1:25/',
    ]);
    report(cases.length, source);
    expect(cases.length).toBeGreaterThan(0);
    const literals = cases.flatMap((raw) => {
      const result = canonicalUrl(raw);
      expect(result.ok && !/^https?:/i.test(raw)).toBe(false);
      return result.ok && result.url.isIpLiteral
        ? [{ raw, class: classifyAddress(result.url.host).class, host: result.url.host }]
        : [];
    });
    const public_ = literals.filter((literal) => literal.class === 'public').map(({ host }) => host);
    // Attack lists also name the attacker's own, truly public hosts.
    expect(public_.filter((host) => !ATTACKERS_OWN.has(host))).toEqual([]);
  });
});

/** Rows without an error: the name, and its form in A-labels without trailing dot. */
function idnaCases(text: string): (readonly [string, string])[] {
  const unescape = (field: string) =>
    field.replace(/\\u([0-9A-F]{4})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  const rows = text.split('\n').filter((row) => row !== '' && !row.startsWith('#'));
  return rows.flatMap((row) => {
    const [source = '', toUnicode, status, toAscii, asciiStatus] = row
      .split(';')
      .map((field) => unescape(field.trim()));
    if (status !== '' || (asciiStatus !== '' && asciiStatus !== undefined)) return [];
    return [[source, (toAscii || toUnicode || source).toLowerCase().replace(/\.$/, '')] as const];
  });
}

const ATTACKERS_OWN = new Set(['::ffff:d83a:d6ce', '216.58.214.206', '1.1.1.1', '2.2.2.2', '3.3.3.3', '8.8.8.8']);
