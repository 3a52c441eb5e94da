/** A tree that can be signed. */
export type TreeHead = { readonly size: number; readonly root: Uint8Array };

/** A tree to sign, and why it goes on from the one that was signed last. */
export type Succession = {
  /** Size of the tree that was signed last, as the caller knows it. */
  readonly fromSize: number;
  readonly to: TreeHead;
  /** RFC 6962 2.1.2, from `fromSize` to the size of `to`. */
  readonly proof: readonly Uint8Array[];
};

export type SignerKey = { readonly vkey: string; readonly addedAt: string; readonly retiredAt?: string };

/**
 * Holds the keys of the log and remembers, outside the database, what it signed last. Port: a key management service or a process of its own
 * can stand behind it. Everything may throw {@link SigningRefused}.
 */
export type Signer = {
  /** All its keys, retired ones too; empty before {@link create}. */
  readonly keys: () => Promise<readonly SignerKey[]>;
  /** Makes the first key and an empty memory. Only for a log that was never signed. Does nothing when there is a key already. */
  readonly create: (at: string) => Promise<void>;
  /**
   * Takes over a log that was signed up to this tree elsewhere: makes a key when it has none, and remembers the tree as the last one that was signed.
   * What it has already stays, and has to be at exactly this tree; the same again changes nothing. Returns whether it made a key.
   */
  readonly takeOver: (tree: TreeHead, at: string) => Promise<boolean>;
  /** The tree that was signed last; size 0 before the first. Undefined when it has neither key nor memory. */
  readonly lastSigned: () => Promise<TreeHead | undefined>;
  /** The checkpoint of a tree as a signed note, one line for each key in use. Remembers the tree durably before it returns. */
  readonly sign: (succession: Succession) => Promise<string>;
  /** Makes a key that does not sign yet. */
  readonly prepareKey: () => Promise<string>;
  /** A key signs from now on. Does nothing when it does already. False when its private part is not there, so that it cannot. */
  readonly useKey: (vkey: string, at: string) => Promise<boolean>;
  /** A key signs no more, and its private part is destroyed. Does nothing when it is retired already. */
  readonly retireKey: (vkey: string, at: string) => Promise<void>;
};

export type RefusalCode =
  /** Keys without memory, or a memory without keys: what was signed before is not known. */
  | 'MEMORY_LOST'
  /** A private key is not there or cannot be read. */
  | 'KEY_LOST'
  /** The tree is smaller than the one that was signed last. */
  | 'SMALLER'
  /** The tree does not begin with the one that was signed last. */
  | 'FORKED'
  /** Another replica has signed meanwhile: ask for the last signed tree again. */
  | 'OUTRUN';

/** The signer does not sign; the message says why and what to do. */
export class SigningRefused extends Error {
  override readonly name = 'SigningRefused';
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
