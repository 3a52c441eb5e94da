import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultHome } from '@causeway/provisioning';
import type { Command, Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { connectAsSre } from '../sre-bus.ts';
import { verifyLog, type LogReport, type SeenHead } from '../verify-log.ts';

export const verify: Command = {
  usage: `./causeway verify [--json] [--forget]

Reads the whole ledger as stored bytes and works out every hash, the chain, positions, versions and ids anew. Remembers where the log ended, so
that the next check finds a log that was cut or restored.

  --json    the report as JSON
  --forget  do not compare with what was seen last time

Ends with 0 when the log is good, 1 when it is not (names the first bad position and why), 2 when there is no answer.`,
  options: { json: { type: 'boolean' }, forget: { type: 'boolean' } },
  run: async (input, io) => {
    const seen = input.has('forget') ? undefined : lastSeen();
    const report = await checkedReport(seen, io);
    if (!report) return EXIT.unclear;
    if (input.has('json')) io.out(JSON.stringify(report, null, 2));
    else tell(report, io);
    if (report.good) remember({ origin: report.origin, nextPosition: report.checked, chain: report.chain });
    return report.good ? EXIT.ok : EXIT.failed;
  },
};

async function checkedReport(seen: SeenHead | undefined, io: Io): Promise<LogReport | undefined> {
  try {
    const bus = await connectAsSre();
    try {
      return await verifyLog(bus, seen);
    } finally {
      await bus.close();
    }
  } catch (error) {
    io.err(
      `causeway: cannot tell: ${error instanceof Error ? error.message : String(error)}; is everything up? see ./causeway status`,
    );
    return undefined;
  }
}

function tell({ good, checked, erased, origin, chain, findings }: LogReport, io: Io): ExitCode {
  io.out(`${origin}: ${checked} events checked`);
  if (erased > 0) io.out(`note: data of ${erased} of them was erased, as the log itself records`);
  for (const { position, code, detail } of findings) io.out(`  position ${position}: ${code}: ${detail}`);
  io.out(
    good
      ? `good: positions without a gap, every hash and the chain hold; head ${chain}`
      : `BAD from position ${findings[0]?.position} on`,
  );
  return good ? EXIT.ok : EXIT.failed;
}

const seenFile = (): string => join(defaultHome(), 'verify', 'last-seen.json');

function lastSeen(): SeenHead | undefined {
  try {
    return JSON.parse(readFileSync(seenFile(), 'utf8')) as SeenHead;
  } catch {
    return undefined;
  }
}

function remember(seen: SeenHead): void {
  mkdirSync(join(defaultHome(), 'verify'), { recursive: true });
  writeFileSync(seenFile(), `${JSON.stringify(seen, null, 2)}\n`);
}
