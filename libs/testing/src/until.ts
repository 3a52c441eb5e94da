import { setTimeout as sleep } from 'node:timers/promises';

const GIVE_UP_MS = 50_000;
const POLL_MS = 10;

/** Resolves once the condition holds. A test waits for a state, never for a time; when the state does not come, this says which. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + GIVE_UP_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${GIVE_UP_MS} ms in vain until ${what}`);
    await sleep(POLL_MS);
  }
}
