import { inspect } from 'node:util';

/**
 * A value that only this process has. It shows itself as its name wherever it is printed, turned into text or serialised; its bytes are had by
 * {@link Secret.use} alone, and are zeros after {@link Secret.erase}. What is made of it (a header field) is text that nobody can erase:
 * make it last, and keep it nowhere.
 */
export class Secret {
  readonly name: string;
  readonly #bytes: Buffer;
  #isErased = false;

  /** Takes the bytes over: they are zeroed with the secret. */
  constructor(name: string, bytes: Buffer) {
    this.name = name;
    this.#bytes = bytes;
  }

  /** Hands the bytes to `work`, which must not keep them. Throws once the secret is erased. */
  use<Result>(work: (bytes: Buffer) => Result): Result {
    if (this.#isErased) throw new Error(`the secret ${this.name} was erased`);
    return work(this.#bytes);
  }

  equals(bytes: Uint8Array): boolean {
    return !this.#isErased && this.#bytes.equals(bytes);
  }

  erase(): void {
    this.#isErased = true;
    this.#bytes.fill(0);
  }

  toString(): string {
    return `[secret ${this.name}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.toPrimitive](): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
