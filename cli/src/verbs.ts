import type { Command, Forwarder } from './command.ts';

export type Verb = { readonly summary: string; readonly load: () => Promise<Command | Forwarder> };

/** Everything `./causeway` can do. A verb's file is only loaded when it is asked for. */
export const VERBS: { readonly [verb: string]: Verb } = {
  demo: {
    summary: 'start everything and watch one governed run, with an approval by hand',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  up: { summary: 'start everything on this machine', load: async () => (await import('./commands/up.ts')).up },
  down: { summary: 'stop everything; data stays', load: async () => (await import('./commands/down.ts')).down },
  status: {
    summary: 'what runs, and whether it is ready',
    load: async () => (await import('./commands/status.ts')).status,
  },
  logs: { summary: 'show or follow the logs', load: async () => (await import('./commands/logs.ts')).logs },
  tail: { summary: 'watch what happens, live', load: async () => (await import('./commands/tail.ts')).tail },
  verify: {
    summary: 'check the ledger from its first event',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  erase: {
    summary: 'erase data of recorded events; proofs stay valid',
    load: async () => (await import('./commands/erase.ts')).erase,
  },
  ledger: {
    summary: 'export events as a bundle that anybody can check, prove one of them, go on from a bundle',
    load: async () => (await import('./commands/ledger.ts')).ledger,
  },
  runs: {
    summary: 'list, show, start, pause, resume and cancel runs, and their subgoals',
    load: async () => (await import('./commands/runs.ts')).runs,
  },
  kill: {
    summary: 'stop a step, a run, a session, an agent or everything; list and lift kills',
    load: async () => (await import('./commands/kill.ts')).kill,
  },
  budget: {
    summary: 'what a run may use and has used; raise a limit of a run or of a pool',
    load: async () => (await import('./commands/budget.ts')).budget,
  },
  approvals: {
    summary: 'list what agents want a person to agree to; grant, deny or return it',
    load: async () => (await import('./commands/approvals.ts')).approvals,
  },
  schedules: {
    summary: 'runs that start by themselves: list, create, pause, resume, cancel',
    load: async () => (await import('./commands/schedules.ts')).schedules,
  },
  grants: {
    summary: 'list and revoke standing grants',
    load: async () => (await import('./commands/grants.ts')).grants,
  },
  waiting: {
    summary: 'everything that waits for a person, the worst first',
    load: async () => (await import('./commands/waiting.ts')).waiting,
  },
  policy: {
    summary: 'check, explain, compare and activate packs of rules; revoke a rule, move a run',
    load: async () => (await import('./commands/policy.ts')).policy,
  },
  keys: {
    summary: 'operator keys, and the keys that sign the log',
    load: async () => (await import('./commands/keys.ts')).keys,
  },
  projections: {
    summary: 'rebuild views from the ledger and compare them',
    load: async () => (await import('./commands/projections.ts')).projections,
  },
  test: { summary: 'run the checks a change has to pass', load: async () => (await import('./commands/test.ts')).test },
  faults: {
    summary: 'do harm to a ledger and count what it loses',
    load: async () => (await import('./commands/faults.ts')).faults,
  },
  bench: { summary: 'measure', load: async () => (await import('./commands/bench.ts')).bench },
};

/** What `./causeway help` prints. */
export function overview(): string {
  const width = Math.max(...Object.keys(VERBS).map((verb) => verb.length));
  return [
    'Usage: ./causeway <verb> [options]',
    '',
    ...Object.entries(VERBS).map(([verb, { summary }]) => `  ${verb.padEnd(width)}  ${summary}`),
    `  ${'help'.padEnd(width)}  this list; \`./causeway <verb> --help\` says more about one`,
    '',
    'Ends with 0 when it worked, 1 when it failed or what was checked is bad, 2 when it was not understood or there is no answer.',
  ].join('\n');
}
