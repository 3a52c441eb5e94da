import type { ApprovalContent, CapabilityContract, Json, JsonObject } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';

type Sha256 = (text: string) => string;
/** How a statement is written: which input fields it spells out, and the SHA-256 (hexadecimal) that stands for the others. */
export type Wording = { readonly decisive: readonly string[]; readonly sha256: Sha256 };

/** How a capability's statements are written. */
export const wordingOf = ({ decisive = [] }: Pick<CapabilityContract, 'decisive'>, sha256: Sha256): Wording => ({
  decisive,
  sha256,
});

/**
 * The sentence that an approver gives back: who does what, how often, under which policy, until when. It follows from the content alone, so
 * anybody can make it again. Decisive input fields are spelled out as JSON in printable ASCII; others are told by their size in bytes and
 * their SHA-256 (a text's own bytes in UTF-8, of anything else the RFC 8785 form). Field names are in sorted order.
 */
export function statementOf(content: Omit<ApprovalContent, 'statement'>, wording: Wording): string {
  const { agentId, runId, expiresAt, policy, rule } = content;
  const who = `${agentId} in ${runId}`;
  const under = `under policy ${plain(policy.pack)} ${plain(policy.version)} (${policy.digest.slice(0, 16)}), rule ${plain(rule)}`;
  return `I approve that ${who} ${deedOf(content, wording)}, ${under}, before ${expiresAt}.`;
}

function deedOf(content: Omit<ApprovalContent, 'statement'>, wording: Wording): string {
  const { extension, stepId, capability, input } = content;
  if (extension) return `gets ${extension.delta} more of ${extension.meter} in its budget`;
  const fields = fieldsOf(input, wording);
  return `takes step ${stepId}, once: ${plain(capability)}${fields.length > 0 ? ` with ${fields.join(', ')}` : ''}`;
}

function fieldsOf(input: JsonObject, { decisive, sha256 }: Wording): string[] {
  return Object.entries(input)
    .filter(([, value]) => !isEmpty(value))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) =>
      decisive.includes(name) ? `${plain(name)} ${ascii(canonicalJson(value))}` : digested(name, value, sha256),
    );
}

function digested(name: string, value: Json, sha256: Sha256): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return `${plain(name)} of ${new TextEncoder().encode(text).length} bytes with SHA-256 ${sha256(text)}`;
}

const isEmpty = (value: Json): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** A name as it is when it cannot be mistaken for another, else as JSON in printable ASCII. */
const plain = (text: string): string => (/^[\w.:+-]+$/.test(text) ? text : ascii(JSON.stringify(text)));

/** Text that looks like other text in a terminal or a browser would let somebody approve what they did not read. */
const ascii = (json: string): string =>
  json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
