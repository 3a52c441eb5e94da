/** Columns padded to their widest cell, the first row being the heads. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * Text that came from an agent or from outside, safe to show in a terminal: control and formatting characters, which could move the cursor or
 * turn the reading direction, are shown as escapes. Line feeds stay.
 */
export function shown(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** At most `length` characters on one line. */
export function brief(text: string, length: number): string {
  const line = shown(text.replaceAll(/\s+/g, ' '));
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
