import { randomFillSync } from 'node:crypto';
import { SALT_BYTES } from '@causeway/ledger';

const AT_ONCE = 256;

/** A source of salts, 32 bytes each: random bytes are drawn in bulk, because each draw has a fixed cost. */
export function saltSource(): () => Uint8Array {
  let drawn = new Uint8Array();
  let used = 0;
  return () => {
    if (used === drawn.length) {
      drawn = randomFillSync(new Uint8Array(AT_ONCE * SALT_BYTES));
      used = 0;
    }
    return drawn.subarray(used, (used += SALT_BYTES));
  };
}
