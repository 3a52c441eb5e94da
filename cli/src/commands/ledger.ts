import { BundleError, openBundle, proveEvent } from '@causeway/ledger';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openBundleAt } from '../ledger/bundle-place.ts';
import { archiving, restoring } from '../ledger/archiving.ts';
import { exportLog } from '../ledger/export.ts';
import { importing } from '../ledger/import.ts';
import { connectAsSre } from '../sre-bus.ts';
import { CannotTell } from '../verify/judge.ts';

const ACTIONS: { readonly [action: string]: (input: Input, io: Io) => Promise<ExitCode> } = {
  export: exporting,
  import: importing,
  prove,
  archive: archiving,
  'restore-archive': restoring,
};

export const ledger: Command = {
  usage: `./causeway ledger export [--from <position>] [--to <position>] --out <folder or file.tar>
./causeway ledger prove <folder or file.tar> <position> --out <folder>
./causeway ledger import <folder or file.tar> [--vkey <key>]… [--signer <folder>]
./causeway ledger archive [--from <position>] --before <position> --out <folder or file.tar> --reason <text> --key-file <path>
./causeway ledger restore-archive <folder or file.tar> --reason <text> --key-file <path>

export  writes events into a bundle that anybody can check without this instance: a static log with its checkpoint, the data beside the leaves, keys, and
        VERIFY.md with the commands. A part of the log is widened to whole tiles of 256 events and carries what proves it.
prove   takes the proof of one event out of a bundle, for programs that are not ours.
import  fills the ledger of this instance with a whole bundle, before its first start; from there it goes on. The place that the bundle comes from must
        append no more.
archive exports whole tiles of 256 events, verifies the bundle, and then takes what the events of finished runs in it say out of the database. Hashes, ids,
        versions and proofs stay. Needs the key of an admin. May be given again.
restore-archive  puts what an archive took out back from its bundle. Needs the key of an admin.

  --from <position>  first event, default 0; of archive: the end of the last archive
  --before <position>  archive nothing from this position on
  --to <position>    the event before which to end; default: the end of the log
  --out <path>       must not exist yet
  --reason <text>    why, for the record: it stays in the log for good
  --key-file <path>  a file that holds the admin's key
  --vkey <key>       believe a bundle that this key of the log signed, and no other; left out, the keys that it offers itself
  --signer <folder>  the signer's folder of the place that the bundle comes from: its keys sign on. Left out, a new key is made and announced in the log

Check a bundle with ./causeway verify --offline.`,
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    out: { type: 'string' },
    vkey: { type: 'string', multiple: true },
    signer: { type: 'string' },
    before: { type: 'string' },
    reason: { type: 'string' },
    'key-file': { type: 'string' },
  },
  maxPositionals: 3,
  run: async (input, io) => {
    const action = input.positionals[0];
    const run = action !== undefined && Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!run) throw new UsageError(`say what to do with the ledger: ${Object.keys(ACTIONS).join(', ')}`);
    try {
      return await run(input, io);
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(error.message);
      if (!(error instanceof BundleError) && !(error instanceof CannotTell)) throw error;
      io.err(`causeway: ${error.message}`);
      return error instanceof CannotTell ? EXIT.unclear : EXIT.failed;
    }
  },
};

async function exporting(input: Input, io: Io): Promise<ExitCode> {
  const out = outOf(input);
  const to = input.text('to') === undefined ? undefined : input.count('to', 1, 0);
  const bus = await connectAsSre();
  try {
    const range = await exportLog(bus, { from: input.count('from', 0, 0), to }, out);
    io.out(
      `${out}: positions ${range.from} to before ${range.to} of ${range.origin}, under a checkpoint of ${range.size} events`,
    );
    io.out(`Check it: ./causeway verify --offline ${out}`);
    return EXIT.ok;
  } finally {
    await bus.close();
  }
}

async function prove(input: Input, io: Io): Promise<ExitCode> {
  const [, path, positionText] = input.positionals;
  if (path === undefined || positionText === undefined || !/^\d{1,15}$/.test(positionText))
    throw new UsageError('prove needs a bundle and a position');
  const out = outOf(input);
  const place = await openBundleAt(path);
  try {
    const proof = await proveEvent(await openBundle(place.files), Number(positionText));
    mkdirSync(out);
    for (const [name, content] of proof) writeFileSync(join(out, name), content);
  } finally {
    await place.close();
  }
  io.out(`${out}: that position ${positionText} is in the signed tree`);
  return EXIT.ok;
}

function outOf(input: Input): string {
  const out = input.text('out');
  if (out === undefined || out === '') throw new UsageError('--out says where to write to');
  return out;
}
