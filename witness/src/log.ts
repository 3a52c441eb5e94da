const LEVELS = { info: 30, warn: 40, error: 50 } as const;

/** Writes one line of JSON, as the services write theirs. */
export function logLine(level: keyof typeof LEVELS, fields: Readonly<Record<string, unknown>>, msg: string): void {
  const line = { level: LEVELS[level], time: new Date().toISOString(), service: 'witness', ...fields, msg };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
