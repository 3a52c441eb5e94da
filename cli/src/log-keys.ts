import { httpApi, pathOf, type getLogKeys, type ReplyOf } from '@causeway/contracts';
import { defaultHome, reasonOf, renewWitnessTrust } from '@causeway/provisioning';
import { UsageError, type Input, type Io } from './command.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { gatewayAs, type Gateway } from './gateway-client.ts';
import { shown, table } from './text.ts';

type LogKeys = ReplyOf<typeof getLogKeys>;

const TELL = 'Tell the new key to whoever verifies the log and to witnesses that others run; then retire the old one.';

/** `keys log …`: the keys that sign the log. */
export async function logKeys(input: Input, io: Io): Promise<ExitCode> {
  const [, action = 'list', vkey] = input.positionals;
  if (action === 'list') return list(input, io);
  if (action === 'add') return add(input, io);
  if (action !== 'retire') throw new UsageError(`"${action}" is nothing one can do with the keys of the log`);
  if (!vkey) throw new UsageError('retire needs the key that is to end, as `./causeway keys log` shows it');
  return retire(vkey, input, io);
}

async function list(input: Input, io: Io): Promise<ExitCode> {
  const keys = await gatewayAs('local-operator', input.text('key-file')).get<LogKeys>(pathOf(httpApi.getLogKeys));
  if (input.has('json')) io.out(JSON.stringify(keys, null, 2));
  else io.out(keysText(keys));
  return EXIT.ok;
}

/** The keys of the log and its witnesses, for people. */
export function keysText({ origin, keys, witnesses }: LogKeys): string {
  const keyRows = keys.map(({ vkey, addedAt, retiredAt }) => [vkey, addedAt, retiredAt ?? 'signs']);
  const witnessRows = witnesses.map(({ vkey, cosignedSize, problem }) => [
    vkey,
    String(cosignedSize),
    problem ?? 'cosigns',
  ]);
  return [
    `The log ${origin}`,
    table([['KEY', 'ADDED', 'RETIRED'], ...keyRows]),
    ...(witnesses.length > 0
      ? ['', table([['WITNESS', 'COSIGNED UP TO', 'STATE'], ...witnessRows])]
      : ['No witnesses.']),
  ]
    .map(shown)
    .join('\n');
}

async function add(input: Input, io: Io): Promise<ExitCode> {
  const reason = reasonIn(input);
  const { vkey } = await admin(input).post<{ vkey: string }>(pathOf(httpApi.addSigningKey), { reason });
  io.out(vkey);
  tellWitness(io);
  io.err(TELL);
  return EXIT.ok;
}

async function retire(vkey: string, input: Input, io: Io): Promise<ExitCode> {
  const reason = reasonIn(input);
  const { position } = await admin(input).post<{ position: number }>(pathOf(httpApi.retireSigningKey), {
    vkey,
    reason,
  });
  io.out(`retired; position ${position} of the log tells of it`);
  tellWitness(io);
  return EXIT.ok;
}

/** The keys are changed already: a witness that cannot be told is no failure of the command. */
function tellWitness(io: Io): void {
  try {
    if (renewWitnessTrust(defaultHome())) io.err('The witness of this instance trusts the keys that sign now.');
  } catch (error) {
    io.err(
      `The witness of this instance does not know the keys that sign now: ${reasonOf(error)}. ./causeway up tells it.`,
    );
  }
}

function admin(input: Input): Gateway {
  const keyFile = input.text('key-file');
  if (keyFile === undefined) throw new UsageError('--key-file is needed: the keys of the log are for an admin');
  return gatewayAs('local-operator', keyFile);
}

function reasonIn(input: Input): string {
  const reason = input.text('reason');
  if (!reason) throw new UsageError('--reason is needed: it is written into the log');
  return reason;
}
