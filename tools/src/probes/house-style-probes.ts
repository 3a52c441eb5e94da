import { MARK, type Probe } from './probe.ts';

const HERE = `libs/policy/src/${MARK}`;

const nested = 'if (a) if (a > 1) if (a > 2) { if (a > 3) return 1; }';
const branches = Array.from({ length: 11 }, (_, i) => `  if (a === ${i}) return ${i};`).join('\n');

/** Size, shape and promises. */
export const HOUSE_STYLE_PROBES: readonly Probe[] = [
  {
    title: 'a file is longer than 300 lines',
    file: `${HERE}/lines.ts`,
    code: Array.from({ length: 301 }, (_, i) => `export const a${i} = ${i};\n`).join(''),
    rule: 'max-lines',
    says: '300',
  },
  {
    title: 'a function has too many branches',
    file: `${HERE}/complexity.ts`,
    code: `export function f(a: number): number {\n${branches}\n  return -1;\n}\n`,
    rule: 'complexity',
    says: 'Maximum allowed is 10',
  },
  {
    title: 'a function is nested too deep',
    file: `${HERE}/depth.ts`,
    code: `export function f(a: number): number {\n  ${nested}\n  return 0;\n}\n`,
    rule: 'max-depth',
    says: 'Maximum allowed is 3',
  },
  {
    title: 'a function has too many parameters',
    file: `${HERE}/params.ts`,
    code: `export const f = (a: number, b: number, c: number, d: number, e: number) => a + b + c + d + e;\n`,
    rule: 'max-params',
    says: 'Maximum allowed is 4',
  },
  {
    title: 'values are compared loosely',
    file: `${HERE}/eqeqeq.ts`,
    code: `export const f = (a: unknown, b: unknown) => a == b;\n`,
    rule: 'eqeqeq',
    says: '===',
  },
  {
    title: 'a file has a default export',
    file: `${HERE}/default.ts`,
    code: `export default 1;\n`,
    rule: 'no-restricted-exports',
    says: 'default',
  },
  {
    title: 'an enum is declared',
    file: `${HERE}/enum.ts`,
    code: `export enum Colour {\n  Red,\n}\n`,
    rule: 'no-restricted-syntax',
    says: 'as const',
  },
  {
    title: 'a class inherits',
    file: `${HERE}/inheritance.ts`,
    code: `class Road {}\nexport class Causeway extends Road {}\n`,
    rule: 'no-restricted-syntax',
    says: 'Compose',
  },
  {
    title: 'any is used',
    file: `${HERE}/any.ts`,
    code: `export const f = (a: any) => String(a);\n`,
    rule: '@typescript-eslint/no-explicit-any',
    says: 'any',
  },
  {
    title: 'something is declared and never used',
    file: `${HERE}/unused.ts`,
    code: `const road = 1;\nexport const f = (_unused: number) => 2;\n`,
    rule: '@typescript-eslint/no-unused-vars',
    says: 'road',
  },
  {
    title: 'a type is imported as a value',
    file: `${HERE}/type-import.ts`,
    code: `import { ErrorCode } from '@causeway/contracts';\nexport type Code = ErrorCode;\n`,
    rule: '@typescript-eslint/consistent-type-imports',
    says: 'import type',
  },
  {
    title: 'nobody waits for a promise',
    file: `${HERE}/floating.ts`,
    code: `export function f(p: Promise<void>): void {\n  p.then(() => undefined);\n}\n`,
    rule: '@typescript-eslint/no-floating-promises',
    says: 'romises must be',
  },
  {
    title: 'a promise is taken for a truth',
    file: `${HERE}/misused.ts`,
    code: `export const f = (p: Promise<boolean>) => (p ? 1 : 2);\n`,
    rule: '@typescript-eslint/no-misused-promises',
    says: 'conditional',
  },
  {
    title: 'something that is no promise is awaited',
    file: `${HERE}/await.ts`,
    code: `export const f = async (n: number) => await n;\n`,
    rule: '@typescript-eslint/await-thenable',
    says: 'await',
  },
  {
    title: 'a switch forgets a case',
    file: `${HERE}/switch.ts`,
    code: `export function f(a: 'x' | 'y'): number {\n  switch (a) {\n    case 'x':\n      return 1;\n  }\n  return 0;\n}\n`,
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    says: 'not exhaustive',
  },
  {
    title: 'a comment switches a rule off',
    file: `${HERE}/suppression.ts`,
    code: `/* eslint-` + `disable */\nexport const a = 1;\n`,
    rule: 'core',
    says: 'noInlineConfig',
  },
  {
    title: 'control: an error is extended and a null is met loosely',
    file: `${HERE}/control.ts`,
    code: `export class RoadError extends Error {}\nexport const f = (a: unknown) => a == null;\n`,
  },
];
