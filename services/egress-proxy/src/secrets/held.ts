import { echoIndex, type EchoIndex, type PassingScan } from './echo/echo-scan.ts';
import type { Follower } from './echo/follower.ts';
import { Secret } from './secret.ts';

/** How long a value that was replaced is still looked for in answers: whoever stored it may show it for a while. */
const LOOKED_FOR_MS = 3_600_000;

/** The values that this process has, those that were just replaced among them. */
export type Held = {
  /** The secret that holds this value from now on. The bytes are taken over, and zeroed when the value is the one that is held already. */
  readonly hold: (name: string, bytes: Buffer) => Secret;
  /** Looks for every value held here in one answer; undefined as long as there is none. */
  readonly scan: () => PassingScan | undefined;
  /** The same for a stream that is passed on while it comes. */
  readonly follow: () => Follower | undefined;
  /** Erases everything. */
  readonly drop: () => void;
};

type Kept = { readonly secret: Secret; readonly untilMs: number };

/** @param elapsedMs a clock that only goes forward, in ms */
export function held(elapsedMs: () => number): Held {
  const current = new Map<string, Secret>();
  let replaced: readonly Kept[] = [];
  let index: EchoIndex | undefined;

  function forget(): void {
    const now = elapsedMs();
    const over = replaced.filter(({ untilMs }) => untilMs <= now);
    if (over.length === 0) return;
    for (const { secret } of over) secret.erase();
    replaced = replaced.filter((kept) => !over.includes(kept));
    index = undefined;
  }

  function sought(): EchoIndex | undefined {
    forget();
    if (current.size === 0) return undefined;
    index ??= echoIndex(all().map((secret) => ({ name: secret.name, value: secret.use((bytes) => bytes) })));
    return index;
  }

  const all = (): readonly Secret[] => [...current.values(), ...replaced.map(({ secret }) => secret)];

  return {
    hold: (name, bytes) => {
      const known = current.get(name);
      if (known?.equals(bytes)) {
        bytes.fill(0);
        return known;
      }
      if (known) replaced = [...replaced, { secret: known, untilMs: elapsedMs() + LOOKED_FOR_MS }];
      const secret = new Secret(name, bytes);
      current.set(name, secret);
      index = undefined;
      return secret;
    },
    scan: () => sought()?.scan(),
    follow: () => sought()?.follow(),
    drop: () => {
      for (const secret of all()) secret.erase();
      current.clear();
      replaced = [];
      index = undefined;
    },
  };
}
