import {
  addOperatorKey,
  defaultHome,
  operatorKeys,
  OPERATOR_ROLES,
  removeOperatorKey,
  type OperatorRole,
} from '@causeway/provisioning';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { logKeys } from '../log-keys.ts';
import { table } from '../text.ts';

const RESTART = 'The gateway knows once it is started again: ./causeway up --only gateway';
const OPERATOR_ID = /^[a-z][a-z0-9-]{0,62}$/;

export const keys: Command = {
  usage: `./causeway keys [list]
./causeway keys add <operator> --role <role>
./causeway keys remove <operator>
./causeway keys log [list] [--json]
./causeway keys log add --reason <text> --key-file <path>
./causeway keys log retire <vkey> --reason <text> --key-file <path>

Lists the operators of this instance; gives one a new key, which is shown once and stored nowhere; takes one away.
With "log": the keys that sign the log, and its witnesses. A new key signs beside the old ones until they are retired.

  --role <role>      ${OPERATOR_ROLES.join(', ')}
  --reason <text>    why; stands in the log
  --key-file <path>  a file that holds the admin's key
  --json             what the gateway answered, as JSON`,
  options: {
    role: { type: 'string' },
    reason: { type: 'string' },
    'key-file': { type: 'string' },
    json: { type: 'boolean' },
  },
  maxPositionals: 3,
  run: async (input, io) => {
    const [action = 'list', id] = input.positionals;
    if (action === 'log') return logKeys(input, io);
    if (input.positionals.length > 2)
      throw new UsageError(`there is no place for the argument "${input.positionals[2]}"`);
    if (action === 'list') return list(io);
    if (action !== 'add' && action !== 'remove') throw new UsageError(`"${action}" is nothing one can do with keys`);
    if (!id) throw new UsageError(`${action} needs the id of an operator`);
    return action === 'add' ? add(id, input, io) : remove(id, io);
  },
};

function list(io: Io): ExitCode {
  const rows = operatorKeys(defaultHome()).map(({ id, role, sha256 }) => [id, role, sha256]);
  io.out(table([['OPERATOR', 'ROLE', 'SHA-256 OF THE KEY'], ...rows]));
  return EXIT.ok;
}

function add(id: string, input: Input, io: Io): ExitCode {
  const role = input.text('role') ?? '';
  if (!isRole(role)) throw new UsageError(`--role has to be one of ${OPERATOR_ROLES.join(', ')}`);
  if (!OPERATOR_ID.test(id)) throw new UsageError('an operator is named with a-z, 0-9 and -, beginning with a letter');
  io.out(addOperatorKey(defaultHome(), id, role));
  io.err(RESTART);
  return EXIT.ok;
}

function remove(id: string, io: Io): ExitCode {
  const removed = removeOperatorKey(defaultHome(), id);
  io.err(removed ? RESTART : `there is no operator ${id}`);
  return removed ? EXIT.ok : EXIT.failed;
}

const isRole = (text: string): text is OperatorRole => (OPERATOR_ROLES as readonly string[]).includes(text);
