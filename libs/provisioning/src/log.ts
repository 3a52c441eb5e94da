/** Takes one line that tells a person what is going on. */
export type Log = (line: string) => void;

export const silent: Log = () => undefined;
