/** Fields in which requests prove who sends them. From an agent they are never sent: it would choose as whom it acts. */
const CREDENTIALS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'cookie2',
  'signature',
  'signature-input',
  'content-digest',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-vault-token',
];
const FAMILIES = /^x-amz-/;

/** What is left of an agent's fields: none that authenticates, and not the one that the secret is sent in. Names come back in lower case. */
export function withoutCredentials(
  headers: Readonly<Record<string, string>>,
  own: readonly string[] = [],
): Record<string, string> {
  const refused = [...CREDENTIALS, ...own.map((name) => name.toLowerCase())];
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !refused.includes(name) && !FAMILIES.test(name)),
  );
}
