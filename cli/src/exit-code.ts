/** What every verb ends with: scripts may rely on these. */
export const EXIT = {
  ok: 0,
  /** It did not work, or what was checked is bad. */
  failed: 1,
  /** The command was not understood, or the answer could not be had. */
  unclear: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
