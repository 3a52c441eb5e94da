import { COMPANION } from './sets.ts';

/** Truly public addresses in the published sets: dialling them is right, and they are all that may be dialled. */
export const PUBLIC = new Set([
  // The attacker's own host in the lists of redirects, in eight spellings of which two are left once read.
  ...['216.58.214.206', '::ffff:d83a:d6ce'],
  // Examples for numbers in the URL standard: 1.2.3.4 and 999999999.
  ...['1.2.3.4', '59.154.201.255'],
  // What the sets give as examples of public addresses; 1.1.1.1 is denied there by a setting alone.
  ...['8.8.8.8', '8.8.9.8', '1.1.1.1', '2001:470:8:66::1', '2001:4860:4860::8888', '2606:4700:4700::1111'],
  // The neighbours of the shared block 100.64.0.0/10.
  ...['100.63.255.254', '100.128.0.1'],
  // Our own companion of the address in question, where a name has two.
  COMPANION,
]);
