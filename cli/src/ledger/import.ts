import { defaultHome, importLedger, type ImportedLedger, type LedgerImport } from '@causeway/provisioning';
import { UsageError, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { judge, type Judged } from '../verify/judge.ts';
import { readMemory, remember, type Memory, type Seen } from '../verify/memory.ts';
import { evidenceIn, type OpenedEvidence } from '../verify/offline.ts';
import { tellReport } from '../verify/report.ts';

/** `ledger import …`: verifies a bundle as `verify --offline` does, and fills the ledger of this instance with it. */
export function importing(input: Input, io: Io): Promise<ExitCode> {
  const [, path, more] = input.positionals;
  if (path === undefined || more !== undefined) throw new UsageError('import needs one bundle');
  const { home, log } = { home: defaultHome(), log: (line: string): void => io.out(`  ${line}`) };
  const asked = { path, vkeys: input.texts('vkey'), home };
  const signer = input.text('signer');
  return importBundle(asked, io, (bundle) => importLedger({ ...bundle, home, log, signer }));
}

type Asked = { readonly path: string; readonly vkeys: readonly string[]; readonly home: string };
export type Load = (bundle: Pick<LedgerImport, 'bundle' | 'vkeys'>) => Promise<ImportedLedger>;

/**
 * Verifies a bundle and hands it to `load`. What was imported is remembered as seen, with the keys that sign from now on, so that the next verify compares
 * the log with it. Throws CannotTell when there is no whole bundle.
 */
export async function importBundle({ path, vkeys, home }: Asked, io: Io, load: Load): Promise<ExitCode> {
  const memory = readMemory(home);
  const opened = await evidenceIn(path);
  try {
    const { origin } = opened.evidence;
    const seen = Object.hasOwn(memory.logs, origin) ? memory.logs[origin] : undefined;
    const judged = await judge(opened.evidence, { givenKeys: vkeys, seen, requiredWitnesses: 0 });
    const refusal = refusalOf(judged, seen);
    if (refusal !== undefined) {
      tellReport(judged.report, io);
      io.err(`causeway: nothing was imported: ${refusal}`);
      return EXIT.failed;
    }
    return await loadJudged(judged, { opened, io, load, keep: (learned) => keep(home, memory, { origin, learned }) });
  } finally {
    await opened.close();
  }
}

function refusalOf({ report, learned }: Judged, seen: Seen | undefined): string | undefined {
  const { good, from, to, checkpoint } = report;
  if (!good) return 'the bundle does not verify';
  if (from !== 0 || to !== checkpoint?.size)
    return `it holds the positions ${from} to before ${to} of ${checkpoint?.size ?? 'an unknown number of'} events: only a whole log can be gone on from; export it without --from and --to`;
  if (seen && learned.size < seen.size)
    return `the log was seen with ${seen.size} events on this machine, the bundle holds ${learned.size}: to go on from it would undo the rest; export it again`;
  return undefined;
}

type Loading = {
  readonly opened: OpenedEvidence;
  readonly io: Io;
  readonly load: Load;
  readonly keep: (learned: Seen) => void;
};

async function loadJudged({ report, learned }: Judged, { opened, io, load, keep }: Loading): Promise<ExitCode> {
  const before = report.trust.keys;
  const { size, vkeys, isNewKey } = await load({ bundle: opened.folder, vkeys: before });
  keep({ ...learned, keys: vkeys });
  io.out(`Imported ${size} events of ${report.origin}; the next one gets position ${size}.`);
  if (isNewKey) {
    io.out(`From here on this key signs: ${vkeys.join(', ')}`);
    io.out('Tell it to whoever verifies the log. Once it runs here, retire what signed before:');
    for (const vkey of before) io.out(`  ./causeway keys log retire '${vkey}' --reason <text> --key-file <admin key>`);
  }
  io.out('Start it: ./causeway up');
  return EXIT.ok;
}

function keep(home: string, memory: Memory, { origin, learned }: { readonly origin: string; readonly learned: Seen }) {
  remember(home, { ...memory, instance: origin, logs: { ...memory.logs, [origin]: learned } });
}
