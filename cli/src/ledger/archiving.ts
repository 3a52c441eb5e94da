import { httpApi, pathOf } from '@causeway/contracts';
import { defaultHome, restoreArchive } from '@causeway/provisioning';
import { UsageError, type Input, type Io } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { gatewayAs } from '../gateway-client.ts';
import { connectAsSre } from '../sre-bus.ts';
import { archiveInto, restoreFrom, type ArchiveOrders, type Place } from './archive.ts';

/** `ledger archive …`: what is archived is ordered through the gateway, by an admin. */
export function archiving(input: Input, io: Io): Promise<ExitCode> {
  const from = input.text('from') === undefined ? undefined : input.count('from', 0, 0);
  const before = input.count('before', 1, 0);
  if (before === 0) throw new UsageError('--before says at which position to end');
  const out = needed(input, 'out', 'it says where the bundle goes');
  const reason = needed(input, 'reason', 'why it is archived stays in the log');
  return atPlace(input, io, (place) => archiveInto(place, { from, before, out, reason }));
}

/** `ledger restore-archive …` */
export function restoring(input: Input, io: Io): Promise<ExitCode> {
  const [, path, more] = input.positionals;
  if (path === undefined || more !== undefined) throw new UsageError('restore-archive needs one bundle');
  const reason = needed(input, 'reason', 'why it is put back stays in the log');
  return atPlace(input, io, (place) => restoreFrom(place, { path, reason }));
}

async function atPlace(input: Input, io: Io, run: (place: Place) => Promise<ExitCode>): Promise<ExitCode> {
  const orders = ordersWith(needed(input, 'key-file', 'archiving and restoring take an admin'));
  const bus = await connectAsSre();
  return run({ bus, home: defaultHome(), io, orders, vkeys: input.texts('vkey') }).finally(() => bus.close());
}

function ordersWith(keyFile: string): ArchiveOrders {
  const gateway = gatewayAs('local-operator', keyFile);
  return {
    archive: (range) => gateway.post(pathOf(httpApi.archiveRange), range),
    restore: (order) => gateway.post(pathOf(httpApi.restoreRange), order),
    putBack: (folder) => restoreArchive(defaultHome(), folder),
  };
}

function needed(input: Input, option: string, why: string): string {
  const text = input.text(option);
  if (!text) throw new UsageError(`--${option} is needed: ${why}`);
  return text;
}
