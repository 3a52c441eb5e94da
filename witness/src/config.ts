export type Config = {
  /** Name in the witness's key and in every cosignature. */
  readonly name: string;
  readonly stateDir: string;
  /** File of the logs to trust: see domain/trusted-logs.ts. */
  readonly logsFile: string;
  readonly host: string;
  readonly port: number;
};

type Environment = Readonly<Record<string, string | undefined>>;

const KEY_NAME = /^[^\s+]{1,128}$/;

/** The configuration from environment variables. Throws an Error that lists every problem at once. */
export function readConfig(env: Environment): Config {
  const problems: string[] = [];
  const take = (variable: string, hint: string, fits: (value: string) => boolean): string => {
    const value = env[variable] ?? '';
    if (!fits(value)) problems.push(`  ${variable}: ${hint}`);
    return value;
  };
  const isGiven = (value: string): boolean => value !== '';
  const config = {
    name: take('CAUSEWAY_WITNESS_NAME', 'a name such as witness.example/one, without spaces and plus', (value) =>
      KEY_NAME.test(value),
    ),
    stateDir: take(
      'CAUSEWAY_WITNESS_STATE_DIR',
      'the folder of its key and its memory, for this process alone',
      isGiven,
    ),
    logsFile: take('CAUSEWAY_WITNESS_LOGS_FILE', 'the JSON file of the logs to trust', isGiven),
    host: env['CAUSEWAY_HTTP_HOST'] || '127.0.0.1',
    port: Number(take('CAUSEWAY_HTTP_PORT', 'a port, 0 to 65535; 0 for any free one', isPort)),
  };
  if (problems.length === 0) return config;
  throw new Error(`the configuration is not usable; set these environment variables:\n${problems.join('\n')}`);
}

const isPort = (value: string): boolean => /^\d{1,5}$/.test(value) && Number(value) <= 65_535;
