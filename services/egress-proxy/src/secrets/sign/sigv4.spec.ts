import { createHash } from 'node:crypto';
import { awsAuthorization, awsFields, type AwsRequest } from './sigv4.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const AT = '20150830T123600Z';
const suiteKey = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: Buffer.from('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'),
  region: 'us-east-1',
  service: 'service',
};
const signatureOf = (authorization: string): string => /Signature=([0-9a-f]{64})$/.exec(authorization)?.[1] ?? '';

type Case = Partial<AwsRequest> & { readonly more?: Readonly<Record<string, string>>; readonly body?: string };
const UNRESERVED = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** AWS's "Signature Version 4 test suite": the name of the case, what is sent, and the signature that it gives. */
const SUITE: readonly (readonly [string, Case, string])[] = [
  ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-header-key-duplicate',
    { more: { 'my-header1': 'value2,value2,value1' } },
    'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  ],
  [
    'get-header-value-order',
    { more: { 'my-header1': 'value4,value1,value3,value2' } },
    '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
  ],
  [
    'get-header-value-trim',
    { more: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  ['get-unreserved', { path: `/${UNRESERVED}` }, '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f'],
  ['get-utf8', { path: '/\u1234' }, '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85'],
  [
    'get-vanilla-empty-query-key',
    { query: 'Param1=value1' },
    'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
  ],
  [
    'get-vanilla-query-order-key-case',
    { query: 'Param2=value2&Param1=value1' },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-query-unreserved',
    { query: `${UNRESERVED}=${UNRESERVED}` },
    '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  ],
  [
    'get-vanilla-utf8-query',
    { query: '%E1%88%B4=bar' },
    '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  ],
  ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-header-key-sort',
    { method: 'POST', more: { 'my-header1': 'value1' } },
    'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  ],
  [
    'post-header-value-case',
    { method: 'POST', more: { 'my-header1': 'VALUE1' } },
    'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  ],
  [
    'post-vanilla-query',
    { method: 'POST', query: 'Param1=value1' },
    '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
  ],
  [
    'post-vanilla-query-nonunreserved',
    { method: 'POST', query: '%40%23%24%25%5E=&%2B=%2F%2C%3F%3E%3C%60%22%3B%3A%5C%7C%5D%5B%7B%7D' },
    '66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e',
  ],
  [
    'post-x-www-form-urlencoded',
    { method: 'POST', more: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'Param1=value1' },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    'post-x-www-form-urlencoded-parameters',
    {
      method: 'POST',
      more: { 'content-type': 'application/x-www-form-urlencoded; charset=utf8' },
      body: 'Param1=value1',
    },
    '1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe',
  ],
];

describe("AWS's published signatures", () => {
  it.each(SUITE)('%s', (_name, { more, body = '', ...given }, signature) => {
    const headers = { host: 'example.amazonaws.com', 'x-amz-date': AT, ...more };
    const request = { method: 'GET', path: '/', query: '', ...given, headers, bodySha256: sha256(body) };
    const authorization = awsAuthorization(request, suiteKey, AT);
    expect(signatureOf(authorization)).toBe(signature);
    expect(authorization).toContain('Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request');
  });

  type S3Case = Pick<AwsRequest, 'method' | 'path' | 'query'> & {
    readonly more?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signature: string;
  };
  /** "Signature Calculations for the Authorization Header" in the S3 API reference. */
  const S3: readonly S3Case[] = [
    {
      ...{ method: 'GET', path: '/test.txt', query: '', more: { range: 'bytes=0-9' } },
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
    {
      ...{ method: 'GET', path: '/', query: 'lifecycle' },
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
    {
      ...{ method: 'GET', path: '/', query: 'max-keys=2&prefix=J' },
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
    {
      ...{ method: 'PUT', path: '/test%24file.text', query: '', body: 'Welcome to Amazon S3.' },
      more: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
  ];
  it.each(S3)('of S3: $method $path?$query', ({ method, path, query, more, body = '', signature }) => {
    const at = '20130524T000000Z';
    const bodySha256 = sha256(body);
    const host = 'examplebucket.s3.amazonaws.com';
    const headers = { host, 'x-amz-date': at, 'x-amz-content-sha256': bodySha256, ...more };
    const secretAccessKey = Buffer.from('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
    const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey, region: 'us-east-1', service: 's3' };
    const authorization = awsAuthorization({ method, path, query, headers, bodySha256 }, key, at);
    expect(signatureOf(authorization)).toBe(signature);
  });
});

describe('the fields that sign for AWS', () => {
  const bodySha256 = sha256('Param1=value1');
  const request = { method: 'POST', authority: 'example.amazonaws.com', path: '/', query: '', bodySha256 };
  const contentType = 'application/x-www-form-urlencoded';
  it('are those of the suite, with the time in its form', () => {
    const fields = awsFields({ ...request, contentType }, suiteKey, '2015-08-30T12:36:00.000Z');
    expect(fields['x-amz-date']).toBe(AT);
    expect(signatureOf(fields['authorization'] ?? '')).toBe(
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    );
  });
  it('tell S3 the digest of the body, too', () => {
    const s3 = { ...suiteKey, service: 's3' };
    const fields = awsFields({ ...request, contentType: undefined }, s3, '2015-08-30T12:36:00Z');
    expect(fields['x-amz-content-sha256']).toBe(sha256('Param1=value1'));
    expect(fields['authorization']).toContain('SignedHeaders=host;x-amz-content-sha256;x-amz-date,');
  });
});
