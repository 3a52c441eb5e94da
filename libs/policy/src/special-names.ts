/**
 * Top-level names that never belong to the open internet: RFC 6761, RFC 6762 (local), RFC 7686 (onion), RFC 9476 (alt), and ICANN's
 * reservation of internal (2024); plus what home and office routers answer for.
 */
const SPECIAL_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'test',
  'invalid',
  'example',
  'onion',
  'alt',
  'arpa',
  'localdomain',
  'lan',
  'home',
  'corp',
  'intranet',
  'private',
];

/**
 * Whether a host name stands for the local machine, the local network or a cloud's metadata service, so that asking public DNS for it is
 * wrong. Takes a canonical host; a name of one label is always special.
 */
export function isSpecialName(host: string): boolean {
  const labels = host.split('.');
  return labels.length === 1 || labels[0] === 'metadata' || SPECIAL_SUFFIXES.includes(labels.at(-1) ?? '');
}
