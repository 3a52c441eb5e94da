import { canonicalUrl } from '@causeway/policy';
import fc from 'fast-check';
import { forwardProblem } from '../proxy/raw-request.ts';
import { innerRequest } from './inner-request.ts';

const at = { host: 'a.example.org', port: 443 };
const piece = fc.constantFrom(
  '/',
  '\\',
  '@',
  ':',
  '?',
  '#',
  '..',
  '%2f',
  '%40',
  'https://',
  'evil.example.org',
  ' ',
  '[',
  'a',
);

describe('whatever the target of a request inside of a tunnel', () => {
  it('it goes to the host and port of the tunnel, or nowhere', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 8 }), (pieces) => {
        const target = pieces.join('');
        const raw = { method: 'GET', target, httpVersion: '1.1', rawHeaders: ['Host', 'a.example.org'] };
        const inner = innerRequest(raw, at);
        if ((inner.problem ?? forwardProblem(inner.raw)) !== undefined) return;
        const read = canonicalUrl(inner.raw.target);
        expect(read.ok && read.url).toMatchObject({ scheme: 'https', host: at.host, port: at.port });
      }),
      { numRuns: 1_000 },
    );
  });
});
