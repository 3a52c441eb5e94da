import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalBytes } from './canonical-json.ts';

/** Published input and output pairs, read from beside the clone when they are there. */
const PUBLISHED = fileURLToPath(new URL('../../../../shared/vectors/ledger/jcs/testdata', import.meta.url));

const published = existsSync(PUBLISHED)
  ? readdirSync(join(PUBLISHED, 'input')).map((name) => ({
      rule: `published ${name}`,
      input: readFileSync(join(PUBLISHED, 'input', name), 'utf8'),
      output: Buffer.from(
        readFileSync(join(PUBLISHED, 'outhex', name.replace('.json', '.txt')), 'utf8').replace(/\s+/g, ''),
        'hex',
      ).toString(),
    }))
  : [];

/** Cases of our own, each for one sentence of RFC 8785. */
const own = [
  { rule: '3.2.1 white space', input: ' { "a" : [ 1 , 2 ] } ', output: '{"a":[1,2]}' },
  { rule: '3.2.2.1 literals', input: '[ null , true , false ]', output: '[null,true,false]' },
  {
    rule: '3.2.2.2 strings',
    input: '"\\u20ac\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"',
    output: '"€\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
  },
  {
    rule: '3.2.2.3 numbers',
    input: '[56.0, 0.0, -0.0, 1E30, 4.50, 2e-3, 1e-27]',
    output: '[56,0,0,1e+30,4.5,0.002,1e-27]',
  },
  {
    rule: '3.2.3 sorting',
    input: '{"peach":1,"péché":2,"pêche":3,"sin":4}',
    output: '{"peach":1,"péché":2,"pêche":3,"sin":4}',
  },
  {
    rule: '3.2.3 sorting by code units',
    input: '{"\\ufb33":1,"\\ud83d\\ude00":2,"\\u20ac":3}',
    output: '{"€":3,"😀":2,"\ufb33":1}',
  },
];

describe('RFC 8785', () => {
  console.info(`RFC 8785: ${published.length} published and ${own.length} own cases`);

  it.each([...own, ...published])('$rule', ({ input, output }) => {
    expect(Buffer.from(canonicalBytes(JSON.parse(input)))).toEqual(Buffer.from(output));
  });
});
