import { BundleError } from '@causeway/ledger';
import { defaultHome } from '@causeway/provisioning';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { connectAsSre } from '../sre-bus.ts';
import { CannotTell, judge, type Evidence, type Judged } from '../verify/judge.ts';
import { readMemory, remember, type Memory } from '../verify/memory.ts';
import { archiveIn, withArchives, type ArchiveBundle } from '../verify/archives.ts';
import { evidenceIn } from '../verify/offline.ts';
import { evidenceOf } from '../verify/online.ts';
import { tellReport, type LogReport } from '../verify/report.ts';

export const verify: Command = {
  usage: `./causeway verify [--offline <folder or tar>] [--archive <bundle>]… [--vkey <key>]… [--require-witness <n>] [--json] [--forget]

Checks the ledger: reads it as stored bytes and works out every hash, the chain, positions, versions, ids and the tree anew, and compares them with
the tiles, with the signed checkpoint, with what witnesses cosigned, and with what was seen at the last check.

  --offline <path>       check a bundle that ./causeway ledger export made; nothing else is needed, no network either
  --archive <bundle>     check what archived events say, too: in the bundle that ./causeway ledger archive made; give it once for each. Left out, of archived
                         events the hashes are checked, which is told
  --vkey <key>           believe this verifier key, of the log or of a witness, and no other; give it once for each key.
                         Left out: the keys that were seen with this log before; the first time, those that it offers itself
  --require-witness <n>  bad unless so many witnesses cosigned; left out, a missing witness is told and no more
  --json                 the report as JSON
  --forget               do not compare with what was seen before, and begin anew

Ends with 0 when the log is good, 1 when it is not (names the first bad position and why), 2 when it cannot be told: no answer, no checkpoint, half a
bundle.`,
  options: {
    offline: { type: 'string' },
    archive: { type: 'string', multiple: true },
    vkey: { type: 'string', multiple: true },
    'require-witness': { type: 'string' },
    json: { type: 'boolean' },
    forget: { type: 'boolean' },
  },
  run: async (input, io) => {
    const home = defaultHome();
    const judged = await judgedFrom(input, home, io);
    if (!judged) return EXIT.unclear;
    const { report } = judged;
    if (input.has('json')) io.out(JSON.stringify(report, null, 2));
    else tellReport(report, io);
    if (!report.good) return EXIT.failed;
    keep(judged, input, home);
    return EXIT.ok;
  },
};

async function judgedFrom(input: Input, home: string, io: Io): Promise<Judged | undefined> {
  const forget = input.has('forget');
  const isServed = input.text('offline') === undefined;
  const requiredWitnesses = input.count('require-witness', 0, 0);
  try {
    const { instance, logs }: Memory = forget ? { logs: {} } : readMemory(home);
    return await withEvidence(input, (evidence) => {
      const seen = Object.hasOwn(logs, evidence.origin) ? logs[evidence.origin] : undefined;
      const findings = [...evidence.findings, ...(isServed ? renamed(evidence.origin, instance) : [])];
      return judge({ ...evidence, findings }, { givenKeys: input.texts('vkey'), seen, requiredWitnesses });
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isPlain = error instanceof CannotTell || error instanceof BundleError || !isServed;
    const hint = isPlain ? '' : '; is everything up? see ./causeway status';
    io.err(`causeway: cannot tell: ${error instanceof Error ? error.message : String(error)}${hint}`);
    return undefined;
  }
}

/** Remembers a log that is good and whole: a part of it, or an older copy, says nothing of where it ends. */
function keep({ report, learned }: Judged, input: Input, home: string): void {
  const { origin, from, to, checkpoint } = report;
  const isWhole = from === 0 && to === checkpoint?.size;
  const forget = input.has('forget');
  const memory = forget ? memoryOrNothing(home) : readMemory(home);
  const known = forget ? undefined : memory.logs[origin];
  if (!isWhole || (known && learned.size < known.size)) return;
  const instance = input.text('offline') === undefined ? { instance: origin } : {};
  remember(home, { ...memory, ...instance, logs: { ...memory.logs, [origin]: learned } });
}

function memoryOrNothing(home: string): Memory {
  try {
    return readMemory(home);
  } catch {
    return { logs: {} };
  }
}

/** A log under another name has no past: whoever renames it would be free of it. */
function renamed(origin: string, instance: string | undefined): LogReport['findings'] {
  if (instance === undefined || instance === origin) return [];
  const detail = `the log of this instance was ${instance} before and is ${origin} now; if that is as it should be, verify with --forget once`;
  return [{ position: 0, code: 'ORIGIN_MISMATCH', detail, where: 'the last check on this machine' }];
}

async function withEvidence<T>(input: Input, use: (evidence: Evidence) => Promise<T>): Promise<T> {
  const path = input.text('offline');
  if (path !== undefined) {
    const { evidence, close } = await evidenceIn(path);
    return use(evidence).finally(close);
  }
  const bus = await connectAsSre();
  const archives: ArchiveBundle[] = [];
  try {
    for (const archive of input.texts('archive')) archives.push(await archiveIn(archive));
    return await use(withArchives(await evidenceOf(bus), archives));
  } finally {
    for (const { close } of archives) await close();
    await bus.close();
  }
}
