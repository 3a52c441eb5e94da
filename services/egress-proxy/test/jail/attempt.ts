/** What an attempt knows of the world: all that an insider could have found out. */
export type Known = {
  readonly proxyPort: number;
  /** Value of a Proxy-Authorization field: the own one, and others. */
  readonly credential: string;
  readonly foreign: Readonly<Record<'otherRun' | 'guessed' | 'revoked', string>>;
  /** A socket file of the machine, and a name of an abstract socket. */
  readonly socketPath: string;
  readonly abstractName: string;
  /** A process outside. */
  readonly outsidePid: number;
  /** PEM of the sites' authority. */
  readonly authority: string;
};

/** One attempt to get bytes out. Its mark shows where it arrives. */
export type Attempt = {
  readonly name: string;
  /** What the attempt learns: a status, a code of the proxy, an error. */
  readonly make: (mark: string, known: Known) => Promise<string>;
};

/** What one attempt was told; printed as a line of JSON. */
export type Told = { readonly name: string; readonly told: string };

const PATIENCE_MS = 10_000;

/** The outcome in one word, within some time; nothing stays pending for ever. */
export async function outcomeOf(attempt: Promise<string>): Promise<string> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(resolve, PATIENCE_MS, 'nothing came');
  const failed = (error: unknown): string => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  };
  const outcome = await Promise.race([attempt.catch(failed), late]);
  clearTimeout(timer);
  return outcome;
}
