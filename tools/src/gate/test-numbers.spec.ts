import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJestReport, testNumbers, type JestReport } from './test-numbers.ts';

const report = (changes: Partial<JestReport> = {}): JestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  ...changes,
});

describe('the numbers of a tier', () => {
  it('counts what passed and complains of nothing', () => {
    expect(testNumbers('unit', report())).toEqual({ passed: 3, failed: 0, complaints: [] });
  });

  it('counts a failed test and a suite that cannot be loaded as failures', () => {
    const numbers = testNumbers('unit', report({ numFailedTests: 1, numRuntimeErrorTestSuites: 2 }));
    expect(numbers).toEqual({ passed: 3, failed: 3, complaints: [] });
  });

  it('fails a tier in which nothing ran', () => {
    const numbers = testNumbers('e2e', report({ numPassedTests: 0 }));
    expect(numbers).toEqual({ passed: 0, failed: 1, complaints: ['the e2e tier ran no test at all'] });
  });

  it('fails a tier that skips a test or leaves one to be written', () => {
    expect(testNumbers('int', report({ numPendingTests: 2, numTodoTests: 1 })).failed).toBe(2);
  });
});

describe('a report file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-report-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read back', () => {
    const path = join(folder, 'unit.json');
    writeFileSync(path, JSON.stringify(report()));
    expect(readJestReport(path)).toEqual(report());
  });

  it('counts for nothing when it is missing, torn or something else', () => {
    writeFileSync(join(folder, 'torn.json'), '{"numPassedTests": 3');
    writeFileSync(join(folder, 'other.json'), '{"numPassedTests": "3"}');
    const paths = ['absent.json', 'torn.json', 'other.json'].map((name) => join(folder, name));
    expect(paths.map(readJestReport)).toEqual([undefined, undefined, undefined]);
  });
});
