import { readFileSync } from 'node:fs';
import type { PolicyView, RunView } from '@causeway/contracts';
import {
  createPolicy,
  diffPacks,
  explain,
  hintFor,
  PackInvalidError,
  problemLines,
  type CapabilityCall,
  type Verdict,
} from '@causeway/policy';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { diffLines } from '../policy/diff-text.ts';
import { explanationLines } from '../policy/explanation-text.ts';
import { packFrom, type KeptPack } from '../policy/pack-source.ts';

export const policy: Command = {
  usage: `./causeway policy check <folder> [--json]
./causeway policy explain <folder|active|digest> --agent <agent> --capability <id> --input <json> [--expect <verdict>] [--json]
./causeway policy diff <folder|active|digest> <folder|active|digest> [--json]
./causeway policy activate <folder> --reason <text> --key-file <path> [--json]
./causeway policy show [digest] [--json]
./causeway policy revoke <rule> --reason <text> [--json]
./causeway policy move <run> [--to <digest>] --reason <text> [--json]

Packs of rules: \`check\` says everything that is wrong, \`explain\` why a call is decided as it is and what would have to be otherwise, \`diff\`
what another pack decides otherwise, \`activate\` gives a pack to new runs. \`revoke\` takes a permit away from every pack at once; \`move\` gives a
run that has started another pack. Variables in a folder's pack.yaml are taken from this environment.

  --agent <agent>      who asks
  --capability <id>    what is called, such as network.http-fetch
  --input <json>       with what, or @file
  --about <json>       of a provider of your own: {"owner","effect","untrusted","risk"}
  --expect <verdict>   end with 1 when it is not allow, ask or deny
  --to <digest>        a pack that was active before; left out, the one that is
  --reason <text>      why, for the record
  --json               the whole answer, as JSON
  --key-file <path>    act with the operator key in this file instead of the local operator's; \`activate\` needs one of the role admin

check ends with 1 when the pack has problems and with 2 when there is no such folder.`,
  options: {
    ...{
      agent: { type: 'string' },
      capability: { type: 'string' },
      input: { type: 'string' },
      about: { type: 'string' },
    },
    ...{ expect: { type: 'string' }, to: { type: 'string' }, reason: { type: 'string' }, json: { type: 'boolean' } },
    'key-file': { type: 'string' },
  },
  maxPositionals: 3,
  run: async (input, io) => {
    const [action = '', ...args] = input.positionals;
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) throw new UsageError(`"${action}" is nothing one can do with policy: ${Object.keys(ACTIONS).join(', ')}`);
    try {
      return await act(args, input, io);
    } catch (error) {
      if (error instanceof PackInvalidError) return problems(error, args[0] ?? '', { input, io });
      throw error;
    }
  },
};

type Action = (args: readonly string[], input: Input, io: Io) => Promise<ExitCode>;
const ACTIONS: { readonly [action: string]: Action } = {
  ...{ check, explain: explained, diff, activate, show, revoke, move },
};

const gatewayOf = (input: Input): Gateway => gatewayAs('local-operator', input.text('key-file'));

function problems(
  { problems: found }: PackInvalidError,
  place: string,
  { input, io }: { input: Input; io: Io },
): ExitCode {
  const all = found.map((problem) => ({ ...problem, hint: hintFor(problem) }));
  if (input.has('json')) io.out(JSON.stringify({ problems: all }, null, 2));
  else {
    for (const line of found.flatMap(problemLines)) io.out(line);
    io.err(`causeway: ${place} cannot be used: ${found.length} ${found.length === 1 ? 'problem' : 'problems'}`);
  }
  return EXIT.failed;
}

async function check([name]: readonly string[], input: Input, io: Io): Promise<ExitCode> {
  const { pack } = await packFrom(needed(name, 'check needs a folder'), () => gatewayOf(input));
  const { id, version, digest, rules } = pack;
  if (input.has('json'))
    io.out(JSON.stringify({ id, version, digest, rules: rules.map((rule) => rule.id), problems: [] }, null, 2));
  else io.out(`${id} ${version} can be used: ${rules.length} rules, digest ${digest}`);
  return EXIT.ok;
}

async function explained([name]: readonly string[], input: Input, io: Io): Promise<ExitCode> {
  const call = callIn(input);
  const expected = verdictIn(input);
  const { pack } = await packFrom(needed(name, 'explain needs a folder, active or a digest'), () => gatewayOf(input));
  const explanation = explain(createPolicy(pack), call);
  if (input.has('json')) io.out(JSON.stringify(explanation, null, 2));
  else for (const line of explanationLines(explanation)) io.out(line);
  return expected === undefined || expected === explanation.decision.verdict ? EXIT.ok : EXIT.failed;
}

function callIn(input: Input): CapabilityCall {
  const capability = needed(input.text('capability'), 'explain needs --capability <id>');
  const agentId = needed(input.text('agent'), 'explain needs --agent <agent>');
  const about = input.text('about');
  const given = jsonIn(needed(input.text('input'), 'explain needs --input <json>'), 'input');
  return {
    agentId,
    capability,
    input: given,
    ...(about === undefined ? {} : { about: jsonIn(about, 'about') as never }),
  };
}

const VERDICTS: readonly string[] = ['allow', 'ask', 'deny'] satisfies readonly Verdict[];

function verdictIn(input: Input): string | undefined {
  const expected = input.text('expect');
  if (expected === undefined || VERDICTS.includes(expected)) return expected;
  throw new UsageError(`--expect takes ${VERDICTS.join(', ')}, not "${expected}"`);
}

function jsonIn(text: string, option: string): unknown {
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text);
  } catch (error) {
    throw new UsageError(`--${option} is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}`);
  }
}

async function diff([before, after]: readonly string[], input: Input, io: Io): Promise<ExitCode> {
  const what = 'diff needs two packs, each a folder, active or a digest';
  const names = [needed(before, what), needed(after, what)];
  const [first, second] = await Promise.all(names.map((name) => packFrom(name, () => gatewayOf(input))));
  const found = diffPacks(first!.pack, second!.pack);
  if (input.has('json')) io.out(JSON.stringify(found, null, 2));
  else for (const line of diffLines(found)) io.out(line);
  return EXIT.ok;
}

async function activate([name]: readonly string[], input: Input, io: Io): Promise<ExitCode> {
  const reason = reasonOf(input);
  const { files } = await packFrom(needed(name, 'activate needs a folder'), () => gatewayOf(input));
  const view = await gatewayOf(input).post<PolicyView>('/v1/policy', { files, reason });
  return answer(view, `${titleOf(view)} decides about runs that start from here on.`, { input, io });
}

async function show([digest]: readonly string[], input: Input, io: Io): Promise<ExitCode> {
  const view = await gatewayOf(input).get<KeptPack>('/v1/policy', { digest });
  const by =
    view.activatedBy === undefined ? '' : `, activated by ${view.activatedBy}: ${view.reason ?? 'no reason is kept'}`;
  const gone = view.revoked.length > 0 ? `\nrevoked: ${view.revoked.join(', ')}` : '';
  return answer(view, `${titleOf(view)}, ${view.active ? 'active' : 'not active'}${by}${gone}`, { input, io });
}

async function revoke([rule]: readonly string[], input: Input, io: Io): Promise<ExitCode> {
  const path = `/v1/policy/rules/${encodeURIComponent(needed(rule, 'revoke needs the @id of a rule'))}/revoke`;
  const view = await gatewayOf(input).post<PolicyView>(path, { reason: reasonOf(input) });
  return answer(view, `The rule ${rule} allows nothing any more, until a pack with it is activated.`, { input, io });
}

async function move([runId]: readonly string[], input: Input, io: Io): Promise<ExitCode> {
  const path = `/v1/runs/${encodeURIComponent(needed(runId, 'move needs the id of a run'))}/policy`;
  const digest = input.text('to');
  const run = await gatewayOf(input).post<RunView>(path, {
    ...(digest === undefined ? {} : { digest }),
    reason: reasonOf(input),
  });
  return answer(run, `${run.runId} is decided by ${titleOf(run)}.`, { input, io });
}

const titleOf = ({ policy: { pack, version, digest } }: Pick<PolicyView, 'policy'>): string =>
  `${pack} ${version} (${digest})`;

function answer(whole: unknown, line: string, { input, io }: { input: Input; io: Io }): ExitCode {
  io.out(input.has('json') ? JSON.stringify(whole, null, 2) : line);
  return EXIT.ok;
}

function needed(value: string | undefined, otherwise: string): string {
  if (value === undefined) throw new UsageError(otherwise);
  return value;
}

const reasonOf = (input: Input): string => needed(input.text('reason'), 'say why: --reason <text>');
