import { diffPacks, isUnchanged, requestText } from './diff-packs.ts';
import { packOf, permit } from './policy.features.ts';

const FETCH = 'network.http-fetch';
const HOST = 'resource.host == "docs.example.org"';
const A = permit('docs', FETCH, `${HOST} && ["GET", "HEAD"].contains(context.method)`);

const flipsOf = (...packs: Parameters<typeof diffPacks>) =>
  diffPacks(...packs).flips.map(
    ({ request, before, after }) => `${requestText(request)}: ${before.verdict} → ${after.verdict}`,
  );

describe('the difference of two packs', () => {
  it('is none for the same pack, and for another layout of its rules', () => {
    expect(isUnchanged(diffPacks(packOf(A), packOf(A)))).toBe(true);
    expect(isUnchanged(diffPacks(packOf(A), packOf(A.replaceAll(' ', '\n  '))))).toBe(true);
  });

  it('names rules that came, went and changed, by id', () => {
    const before = packOf(A + permit('gone', 'resource.list'));
    const after = packOf(permit('docs', FETCH, HOST) + permit('new', 'resource.get'));
    const { added, removed, changed } = diffPacks(before, after);
    expect([added, removed].map((rules) => rules.map(({ id }) => id))).toEqual([['new'], ['gone']]);
    expect(changed.map((pair) => [pair.before.id, pair.after.id])).toEqual([['docs', 'docs']]);
  });

  it('names settings that changed, each under its path', () => {
    const after = packOf(A, { settings: 'fetch: { docs: { maxRedirects: 1 } }\nsessions: { activeRuns: many }\n' });
    expect(diffPacks(packOf(A), after).settings).toEqual([
      { path: 'sessions.activeRuns', before: 'one', after: 'many' },
      { path: 'fetch.docs.maxRedirects', before: undefined, after: 1 },
    ]);
  });

  it('shows requests that are decided otherwise, for a rule that became wider and one that became narrower', () => {
    const wider = packOf(permit('docs', FETCH, HOST));
    expect(flipsOf(packOf(A), wider)).toEqual(['POST https://docs.example.org/: deny → allow']);
    expect(flipsOf(wider, packOf(A))).toEqual(['POST https://docs.example.org/: allow → deny']);
  });

  it('shows what a forbid, an approval and a wildcard change', () => {
    const constitution = `@id("no") forbid (principal, action == Action::"${FETCH}", resource) when { context.path like "/admin/*" };`;
    const whole = permit('docs', FETCH, `${HOST}`);
    expect(flipsOf(packOf(whole), packOf(whole, { constitution }))).toEqual([]);
    const both = permit('docs', FETCH, `${HOST} && (context.path == "/" || context.path like "/admin/*")`);
    expect(flipsOf(packOf(both), packOf(both, { constitution }))).toContain(
      'GET https://docs.example.org/admin/x: allow → deny',
    );
    expect(flipsOf(packOf(A), packOf(permit('docs', FETCH, `${HOST}`, '@approval("human")')))).toContain(
      'GET https://docs.example.org/: allow → ask',
    );
    expect(flipsOf(packOf(A), packOf(A + permit('cdn', FETCH, 'resource.host like "*.cdn.example.org"')))).toContain(
      'GET https://www.cdn.example.org/: deny → allow',
    );
  });

  it('shows the ways through the forward proxy', () => {
    const forward = permit('forward', 'network.forward', HOST);
    expect(flipsOf(packOf(A), packOf(A + forward))).toContain(
      'GET https://docs.example.org/ (forward proxy): deny → allow',
    );
    const tunnel = permit('tunnel', 'network.tunnel', HOST);
    expect(flipsOf(packOf(A), packOf(A + tunnel))).toEqual(['CONNECT docs.example.org:443: deny → allow']);
  });

  it('shows other actions than requests', () => {
    const ingest = permit('keep', 'resource.ingest', 'context.source == "text"');
    expect(flipsOf(packOf(A), packOf(A + ingest))).toEqual(['resource.ingest * source=text: deny → allow']);
    const call = `@id("echo") permit (principal, action == Action::"capability.call", resource == Capability::"x.echo") when { context.effect == "none" };`;
    expect(flipsOf(packOf(A + call), packOf(A))).toEqual(['capability.call x.echo effect=none risk=low: allow → deny']);
  });
});
