import { fileURLToPath } from 'node:url';
import { createPolicy, type Policy } from './decide.ts';
import { loadPack } from './pack.ts';

const folder = fileURLToPath(new URL('../../../deploy/policy/default/', import.meta.url));
const site = 'http://content.demo.internal:4790';

describe('the pack that ships', () => {
  let policy: Policy;
  beforeAll(async () => {
    policy = createPolicy(await loadPack(folder, {}));
  });
  const decide = (capability: string, input: object) => {
    const { verdict, rule } = policy.decide({ agentId: 'agent', capability, input });
    return `${verdict} ${rule}`;
  };
  const request = (method: string, url: string) => decide('network.http-fetch', { url, method, headers: {} });

  it.each([
    ['GET', `${site}/instructions.md`, 'allow demo-read-pages'],
    ['HEAD', `${site}/pages/one`, 'allow demo-read-pages'],
    ['POST', `${site}/publish`, 'ask demo-publish-summary'],
    ['GET', `${site}/publish`, 'deny default-deny'],
    ['POST', `${site}/pages/one`, 'deny default-deny'],
    ['GET', `${site}/`, 'deny default-deny'],
    ['GET', `${site}/pages/../admin`, 'deny default-deny'],
    ['GET', `${site}/pages/%2e%2e/admin`, 'deny input-refused'],
    ['GET', 'http://content.demo.internal/pages/one', 'deny constitution-no-plain-http-to-strangers'],
    ['GET', 'https://example.org/', 'deny default-deny'],
    ['POST', 'https://example.org/publish', 'deny constitution-post-only-to-named-destinations'],
    ['GET', 'http://127.0.0.1:4790/pages/one', 'deny constitution-no-plain-http-to-strangers'],
  ])('%s %s: %s', (method, url, expected) => {
    expect(request(method, url)).toBe(expected);
  });

  it('lets agents keep texts, files and readable pages, read what is theirs, and see whether the road is open', () => {
    expect(decide('resource.ingest', { source: 'text', text: 'x', title: 'y' })).toBe('allow ingest-text');
    expect(decide('resource.ingest', { source: 'file', path: 'a.md' })).toBe('allow ingest-file');
    expect(decide('resource.ingest', { source: 'url', url: `${site}/pages/one` })).toBe('allow ingest-url');
    expect(decide('resource.ingest', { source: 'url', url: 'https://example.org/' })).toBe('deny default-deny');
    expect(decide('resource.list', {})).toBe('allow read-own-resources');
    expect(decide('system.ping', { note: 'hello' })).toBe('allow see-whether-the-road-is-open');
    expect(decide('resource.get', { resourceId: 'res_00000000000000000000000000' })).toBe('allow read-own-resources');
  });
});
