import { ProvisioningError } from '@causeway/provisioning';
import { parseInput, UsageError, type Io } from './command.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { GatewayProblem, GatewayUnreachable, problemText } from './gateway-client.ts';
import { overview, VERBS } from './verbs.ts';

const io: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
};

async function main([verb = 'help', ...args]: readonly string[]): Promise<ExitCode> {
  if (['help', '--help', '-h'].includes(verb)) return help(args);
  const known = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (!known) throw new UsageError(`there is no verb "${verb}"; \`./causeway help\` lists them`);
  const command = await known.load();
  if (args.includes('--help') || args.includes('-h')) {
    io.out(command.usage);
    return EXIT.ok;
  }
  if ('forward' in command) return command.forward(args, io);
  try {
    return await command.run(parseInput(args, command), io);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message}; see \`./causeway ${verb} --help\``);
    throw error;
  }
}

async function help([verb]: readonly string[]): Promise<ExitCode> {
  if (verb !== undefined && Object.hasOwn(VERBS, verb)) io.out((await VERBS[verb]?.load())?.usage ?? '');
  else io.out(overview());
  return EXIT.ok;
}

function report(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof GatewayUnreachable) {
    io.err(`causeway: ${error.message}`);
    return EXIT.unclear;
  }
  if (error instanceof GatewayProblem) io.err(`causeway: ${problemText(error.problem)}`);
  else if (error instanceof ProvisioningError) io.err(`causeway: ${error.message}`);
  else io.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.failed;
}

// A reader such as `head` may go before we have said everything.
process.stdout.on('error', () => process.exit(EXIT.ok));
process.exitCode = await main(process.argv.slice(2)).catch(report);
