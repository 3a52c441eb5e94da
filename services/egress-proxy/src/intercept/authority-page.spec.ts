import { isAuthorityRequest } from './authority-page.ts';

const raw = (target: string, over: object = {}) => ({
  ...{ method: 'GET', target, httpVersion: '1.1', rawHeaders: ['Host', 'causeway.invalid'] },
  ...over,
});

describe('the page with the certificate of a run', () => {
  it('is meant by its address in absolute form', () => {
    expect(isAuthorityRequest(raw('http://causeway.invalid/ca.pem'))).toBe(true);
    expect(isAuthorityRequest(raw('http://CAUSEWAY.invalid:80/ca.pem', { method: 'HEAD' }))).toBe(true);
  });

  it.each([
    ['/ca.pem', {}],
    ['https://causeway.invalid/ca.pem', {}],
    ['http://causeway.invalid/ca.pem?x=1', {}],
    ['http://causeway.invalid/ca.pem/', {}],
    ['http://causeway.invalid:8080/ca.pem', {}],
    ['http://a.causeway.invalid/ca.pem', {}],
    ['http://causeway.invalid/ca.pem', { method: 'POST' }],
    ['http://causeway.invalid/ca.pem', { rawHeaders: ['Host', 'evil.example.org'] }],
    ['http://causeway.invalid/ca.pem', { rawHeaders: [] }],
  ])('is not meant by %s %j', (target, over) => {
    expect(isAuthorityRequest(raw(target, over))).toBe(false);
  });
});
