import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ipaddr from 'ipaddr.js';

/** One thing that an attacker would try. `dns`: what the name in the address is said to have. */
export type Attempt = {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly dns?: readonly string[];
  /** Where the site that is allowed sends its caller, with the address of that site as `url`. */
  readonly location?: string;
};
export type AttemptSet = {
  readonly name: string;
  /** How many the set has. */
  readonly count: number;
  /** Those, each once. */
  readonly attempts: readonly Attempt[];
};

const folder = fileURLToPath(new URL('../../../../../shared/vectors/egress/', import.meta.url));

/** The set of a third-party file where that is there, else of cases of our own. */
function setOf(file: string, own: string, read: (text: string) => readonly Attempt[], as = ''): AttemptSet {
  const isThere = existsSync(folder + file);
  const all = read(isThere ? readFileSync(folder + file, 'utf8') : own);
  const attempts = [...new Map(all.map((attempt) => [JSON.stringify(attempt), attempt])).values()];
  return { name: `${isThere ? file : `own cases for ${file}`}${as}`, count: all.length, attempts };
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');
const urlOf = (line: string): string => (/^[a-z][a-z0-9+.-]*:/i.test(line) ? line : `http://${line}`);
const asUrls = (text: string): readonly Attempt[] => [
  ...linesOf(text).map((line) => ({ url: urlOf(line.trim()) })),
  ...(text.match(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`]+/giu) ?? []).map((url) => ({ url })),
];
/** Whose paths and queries the lists of paths are. */
export const PATHS_HOST = 'allowed.example.org';
const asPaths = (text: string): readonly Attempt[] =>
  linesOf(text).map((line) => ({ url: `https://${PATHS_HOST}${line.startsWith('/') ? '' : '/'}${line}` }));
const asLocations = (text: string): readonly Attempt[] =>
  linesOf(text).map((line) => ({ url: SITE, location: line.trim() }));
const asHeaders = (text: string): readonly Attempt[] =>
  linesOf(text).map((line) => ({ url: SITE, headers: { accept: `*/*${decoded(line)}` } }));

/** Stands for the address of the one site that is allowed. */
export const SITE = 'site:';

/** What an unescaped field would hold. */
const decoded = (text: string): string =>
  text.replace(/%0?([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) + '\r\nx: y';

type WptCase = string | { readonly input: string; readonly base: string | null };
const wptUrls = (text: string): readonly Attempt[] =>
  (JSON.parse(text) as WptCase[]).flatMap((one) => (typeof one === 'string' ? [] : [{ url: one.input }]));

type Setter = { readonly href: string; readonly new_value: string };
const wptSetters = (text: string): readonly Attempt[] =>
  Object.values(JSON.parse(text) as Record<string, Setter[]>)
    .flat()
    .filter((one) => typeof one === 'object')
    .flatMap(({ href, new_value }) => [{ url: href }, { url: new_value }, { url: `https://${new_value}/` }]);

const idnaNames = (text: string): readonly Attempt[] =>
  linesOf(text)
    .filter((line) => !line.startsWith('#'))
    .map((line) => ({ url: `https://${unescaped(line.split(';', 1)[0] ?? '')}/` }));
const unescaped = (field: string): string =>
  field.replace(/\\u([0-9A-F]{4})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

const punycode = (text: string): readonly Attempt[] =>
  [...text.matchAll(/"([^"\\]+)"/g)].flatMap(([, label = '']) => [
    { url: `https://xn--${label}.example.org/` },
    { url: `https://${label}.example.org/` },
  ]);

/** A public address. */
export const COMPANION = '198.41.0.4';

/** An address as it stands in a URL, and as what a name is said to have; both ports that are open everywhere. */
function asAddresses(ips: readonly string[]): readonly Attempt[] {
  return ips
    .filter((ip) => ipaddr.isValid(ip))
    .flatMap((ip, n) => {
      const literal = ip.includes(':') ? `[${ip}]` : ip;
      const plain = ip.split('%', 1)[0] ?? ip;
      return [
        { url: `http://${literal}/` },
        { url: `https://${literal}:443/` },
        { url: `https://a${n}.example.org/`, dns: [plain] },
        { url: `https://m${n}.example.org/`, dns: [COMPANION, plain] },
      ];
    });
}

const ianaBlocks = (text: string): readonly Attempt[] =>
  asAddresses(
    [...text.matchAll(/^"?([0-9a-f:.]+\/\d+)/gim)].flatMap(([, block = '']) => {
      const [network, bits] = ipaddr.parseCIDR(block);
      const bytes = network.toByteArray();
      const last = bytes.map((octet, index) => octet | (0xff >> Math.min(8, Math.max(0, bits - 8 * index))));
      return [network.toString(), ipaddr.fromByteArray(last).toString()];
    }),
  );
const ipsIn = (text: string): readonly Attempt[] =>
  asAddresses([...text.matchAll(/"ip": "([^"]+)"/g)].map(([, ip = '']) => ip));
const hostPorts = (text: string): readonly Attempt[] =>
  [...text.matchAll(/"(?:hostPort|host|fqdn)": "([^"]*)"/g)].map(([, host = '']) => ({ url: `http://${host}/` }));
const hosts = (text: string): readonly Attempt[] =>
  (JSON.parse(text) as string[]).map((host) => ({ url: `https://${host}/` }));
const suffixes = (text: string): readonly Attempt[] =>
  [...text.matchAll(/\('([^']+)'/g)].map(([, name = '']) => ({ url: `https://${name}/` }));
/** The first names of the file's answers; everything that a name server of the attacker says leads inside. */
const rebinding = (text: string): readonly Attempt[] =>
  [...text.matchAll(/^([\w.-]+)\.\s.*IN\s+(?:CNAME|A)\s+(\S+)/gm)].flatMap(([, name = '', target = '']) => [
    { url: `https://${name}/` },
    { url: `http://${target.replace(/\.$/, '')}/` },
  ]);
/** The fields of raw requests, asked for one at a time. */
const fields = (text: string): readonly Attempt[] =>
  [...text.matchAll(/^([A-Za-z-]+)\s*:\s*(.*)$/gm)].map(([, name = '', value = '']) => ({
    url: SITE,
    headers: { [name]: value },
  }));

const LITERALS = 'http://127.0.0.1/\nhttp://[::1]/\nhttp://0xA9FEA9FE/\nhttp://localhost/\ngopher://127.0.0.1:25/';

/** Every set, each through the way in which an attacker would bring it. */
export const attemptSets = (): readonly AttemptSet[] => [
  ...['ssrf_payloads', 'cloud_metadata_urls', 'ssrf_protocols', 'Open-Redirect-payloads'].flatMap((name) => [
    setOf(`patt/${name}.txt`, LITERALS, asUrls),
    setOf(`patt/${name}.txt`, LITERALS, asLocations, ' as redirect'),
  ]),
  ...['openredirects', 'open_redirect_wordlist', 'crlfinjection'].flatMap((name) => [
    setOf(`patt/${name}.txt`, '//evil.example.org\n/%0d%0ax: y', asPaths, ' as path'),
    setOf(`patt/${name}.txt`, '//evil.example.org\n/%0d%0ax: y', asLocations, ' as redirect'),
    setOf(`patt/${name}.txt`, '/%0d%0ax: y', asHeaders, ' as header'),
  ]),
  setOf('patt/dns_rebinding.txt', 'a.example.org. 1 IN CNAME localhost.', rebinding),
  setOf('patt/smuggling_raw.txt', 'Transfer-Encoding: chunked', fields, ' as fields'),
  setOf('wpt/urltestdata.json', '[{"input":"http://127.0.0.1","base":null}]', wptUrls),
  setOf('wpt/setters_tests.json', '{"host":[{"href":"http://a.test","new_value":"127.1"}]}', wptSetters),
  setOf('idna/IdnaTestV2.txt', 'a\u3002b; ; ', idnaNames),
  setOf('idna/punycode_tests.json', '["a-"]', punycode),
  setOf('idna/bad_punycode_tests.json', '["a-"]', punycode),
  setOf('psl/test_psl.txt', "('com', null)", suffixes),
  setOf('iana/iana-ipv4-special-registry.csv', '10.0.0.0/8', ianaBlocks),
  setOf('iana/iana-ipv6-special-registry.csv', 'fc00::/7', ianaBlocks),
  setOf('ipaddrjs/range_cases.json', '"ip": "10.0.0.1"', ipsIn),
  setOf('smokescreen/classify.json', '"ip": "127.0.0.1"', ipsIn),
  setOf('smokescreen/hostport.json', '"hostPort": "[example.com]:80"', hostPorts),
  setOf('smokescreen/acl_hosts.json', '["*.example.com"]', hosts),
];
