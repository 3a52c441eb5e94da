import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultHome, lastLines, logPath, PROCESS_NAMES } from '@causeway/provisioning';
import { UsageError, type Command, type Io } from '../command.ts';
import { EXIT } from '../exit-code.ts';

const NAMES: readonly string[] = ['postgres', 'nats', ...PROCESS_NAMES];
const POLL_MS = 250;

export const logs: Command = {
  usage: `./causeway logs [service] [--lines <n>] [--follow]

Shows the end of one log, or of all of them with their names in front: ${NAMES.join(', ')}.

  --lines <n>  how many lines of each; default 50, at most what is in the last 256 KiB
  --follow     go on with what is added, until Ctrl-C`,
  options: { lines: { type: 'string' }, follow: { type: 'boolean' } },
  maxPositionals: 1,
  run: async (input, io) => {
    const [service] = input.positionals;
    if (service !== undefined && !NAMES.includes(service)) {
      throw new UsageError(`there is no log "${service}"; it is one of ${NAMES.join(', ')}`);
    }
    const names = service === undefined ? NAMES : [service];
    const width = Math.max(...names.map((name) => name.length));
    const prefixOf = (name: string): string => (names.length > 1 ? `${name.padEnd(width)} | ` : '');
    const lines = input.count('lines', 0, 50);
    const ends = names.map((name) => {
      const path = logPath(defaultHome(), name);
      const end = sizeOf(path);
      for (const line of lastLines(path, lines)) io.out(prefixOf(name) + line);
      return { path, prefix: prefixOf(name), end };
    });
    if (input.has('follow')) await Promise.all(ends.map((log) => follow(log, io)));
    return EXIT.ok;
  },
};

/** Bytes in a file; 0 when there is none. */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

async function follow({ path, prefix, end }: { path: string; prefix: string; end: number }, io: Io): Promise<never> {
  let position = end;
  for (;;) {
    const size = sizeOf(path);
    // A smaller file is a new one: the old log was put aside.
    if (size < position) position = 0;
    if (size > position) {
      const added = createReadStream(path, { start: position, end: size - 1, encoding: 'utf8' });
      for await (const line of createInterface({ input: added })) io.out(prefix + line);
      position = size;
    }
    await sleep(POLL_MS);
  }
}
