import { readFileSync, statSync } from 'node:fs';
import { parseTrustedLogs, type TrustedLogs } from './domain/trusted-logs.ts';

/**
 * The logs that the operator of the witness trusts, read again whenever the file changes, so that a log rotates its key without a restart. Throws while
 * the file cannot be read or understood: then no log is trusted, those of before included.
 */
export function trustFile(path: string): () => TrustedLogs {
  let mark = '';
  let logs: TrustedLogs = new Map();
  return () => {
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const now = `${mtimeMs}/${size}/${ino}`;
      if (now !== mark) logs = parseTrustedLogs(readFileSync(path, 'utf8'));
      mark = now;
      return logs;
    } catch (cause) {
      mark = '';
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`the file of trusted logs ${path} cannot be used: ${why}; mend it, no restart is needed`, {
        cause,
      });
    }
  };
}
