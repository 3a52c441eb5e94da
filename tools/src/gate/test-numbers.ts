import { readFileSync } from 'node:fs';

/** What a tier of tests came to. */
export type TestNumbers = { readonly passed: number; readonly failed: number; readonly complaints: readonly string[] };

/** The part of Jest's `--json` report that the gate reads. */
export type JestReport = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
};

const REPORT_KEYS = [
  'numPassedTests',
  'numFailedTests',
  'numPendingTests',
  'numTodoTests',
  'numRuntimeErrorTestSuites',
] as const satisfies readonly (keyof JestReport)[];

/**
 * What a tier's report means. A suite that cannot be loaded counts as a failed test. A skipped test, a test to be written and an empty tier
 * are complaints: each would make the gate green without anything having been shown.
 */
export function testNumbers(tier: string, report: JestReport): TestNumbers {
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const complaints = [
    ...(report.numPassedTests + failed === 0 ? [`the ${tier} tier ran no test at all`] : []),
    ...(report.numPendingTests > 0 ? [`${report.numPendingTests} skipped in the ${tier} tier`] : []),
    ...(report.numTodoTests > 0 ? [`${report.numTodoTests} still to be written in the ${tier} tier`] : []),
  ];
  return { passed: report.numPassedTests, failed: failed + complaints.length, complaints };
}

/** Jest's report from its file; undefined when there is none or it is not a report, so that nothing is counted as passed. */
export function readJestReport(path: string): JestReport | undefined {
  try {
    const report: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isJestReport(report) ? report : undefined;
  } catch {
    return undefined;
  }
}

const isJestReport = (value: unknown): value is JestReport =>
  typeof value === 'object' &&
  value !== null &&
  REPORT_KEYS.every((key) => typeof (value as Record<string, unknown>)[key] === 'number');
