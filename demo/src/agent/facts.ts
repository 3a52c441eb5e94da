export type Fact = { readonly name: string; readonly value: string };

/** A bullet of Markdown with a name in bold: `- **Rise**: 2.9 m`. */
const MARKDOWN_FACT = /^[-*] \*\*([^*\n]+)\*\*: ([^\n]+)$/gm;
/** An entry of an HTML description list. */
const HTML_FACT = /<dt>([^<]+)<\/dt>\s*<dd>([^<]+)<\/dd>/g;

/** The facts that a page states, in the order of the page, whether it is Markdown or HTML. */
export function factsIn(page: string): Fact[] {
  return [MARKDOWN_FACT, HTML_FACT].flatMap((pattern) =>
    [...page.matchAll(pattern)].map(([, name = '', value = '']) => ({ name: name.trim(), value: value.trim() })),
  );
}

/** A summary of facts as Markdown. */
export function summaryOf(title: string, facts: readonly Fact[]): string {
  return [`# ${title}`, '', ...facts.map(({ name, value }) => `- ${name}: ${value}`), ''].join('\n');
}
