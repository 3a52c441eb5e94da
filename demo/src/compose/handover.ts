import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** All that an agent is given: its token, its run, and where the gateway is. */
export type Handover = { readonly token: string; readonly runId: string; readonly gatewayUrl: string };

/** Leaves the hand-over where the agent's container looks for it; never half of it. */
export function leave(file: string, handover: Handover): void {
  writeFileSync(`${file}.new`, JSON.stringify(handover), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The hand-over, or undefined while there is none. */
export function taken(file: string): Handover | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Handover;
  } catch {
    return undefined;
  }
}
