import { httpFetch } from '@causeway/contracts';
import { atMs, content, RUN } from '../../../test/run.features.ts';
import { sha256Hex } from '../../edge.ts';
import { statementOf, wordingOf } from './statement.ts';

const wording = wordingOf(httpFetch, sha256Hex);
const input = { method: 'POST', url: 'https://a.example/x', headers: {}, body: 'grüße' };
const said = (more: Parameters<typeof content>[0] = {}) => statementOf(content({ input, ...more }), wording);

describe('the statement of an approval', () => {
  it('says who does what, once, under which policy, until when', () => {
    expect(said()).toBe(
      `I approve that researcher in ${RUN} takes step s1, once: network.http-fetch with ` +
        `body of 7 bytes with SHA-256 ${sha256Hex('grüße')}, method "POST", url "https://a.example/x", ` +
        `under policy test 1.0.0 (aaaaaaaaaaaaaaaa), rule publish, before ${atMs(3_600_000)}.`,
    );
  });

  it('is another for anything that would be executed otherwise', () => {
    const others = [
      { agentId: 'other' },
      { runId: 'run_00000000000000000000000009' },
      { stepId: 's2' },
      { capability: 'resource.get' },
      { input: { ...input, method: 'PUT' } },
      { input: { ...input, url: 'https://a.example/y' } },
      { input: { ...input, body: 'grüsse' } },
      { input: { ...input, headers: { accept: 'text/plain' } } },
      { policy: { pack: 'test', version: '1.0.0', digest: 'b'.repeat(64) } },
      { policy: { pack: 'test', version: '1.0.1', digest: 'a'.repeat(64) } },
      { rule: 'other' },
      { expiresAt: atMs(3_600_001) },
    ].map(said);
    expect(new Set([said(), ...others]).size).toBe(others.length + 1);
  });

  it('follows from the content alone, in whatever order its fields were written', () => {
    expect(said({ input: { body: 'grüße', headers: {}, url: 'https://a.example/x', method: 'POST' } })).toBe(said());
  });

  it('is printable ASCII, so that nothing looks like something else', () => {
    const url = 'https://a.example/\u202e\u0007é\n\u{1F600}';
    const text = said({ input: { ...input, url } });
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(text).toContain('\\u202e\\u0007\\u00e9\\n\\ud83d\\ude00');
    expect(said({ policy: { pack: 'p, rule fake', version: '1', digest: 'a'.repeat(64) } })).toContain(
      '"p, rule fake"',
    );
  });

  it('names the meter and the amount when a budget is extended', () => {
    const extended = said({ kind: 'budget-extension', extension: { meter: 'steps', delta: 20 } });
    expect(extended).toContain(`researcher in ${RUN} gets 20 more of steps in its budget, under policy`);
  });
});
