import type { MessageContract, ReplyEnvelope } from '@causeway/contracts';
import { MessagePattern, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Bus, Handler } from './bus.ts';
import type { Duty } from './duty.ts';

/** Duties by the name that handlers give. */
export type Duties = Readonly<Record<string, Duty>>;

/** What a method threw, carried past the framework, which would put an error of its own in its place. */
type Thrown = { readonly thrown: unknown };
const hasThrown = (answer: unknown): answer is Thrown =>
  typeof answer === 'object' && answer !== null && 'thrown' in answer;

export type HandlesOptions = {
  /** Name of the duty that serves it, see {@link BusTransport}; left out, it is served as long as the process runs. */
  readonly on?: string;
};

/**
 * Marks a controller's method as the handler of a contract. The method receives one `Incoming<typeof contract>` (data already checked) and
 * returns the reply envelope. What it throws reaches the bus as it is: a missing dependency as its rejection, anything else as a bug.
 */
export const Handles =
  (contract: MessageContract, { on }: HandlesOptions = {}): MethodDecorator =>
  (target, key, descriptor) => {
    const method = descriptor.value as (...args: unknown[]) => unknown;
    const guarded = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      try {
        return await method.apply(this, args);
      } catch (thrown) {
        return { thrown } satisfies Thrown;
      }
    };
    descriptor.value = guarded as typeof descriptor.value;
    MessagePattern(contract.subject, { contract, on })(target, key, descriptor);
  };

/**
 * Nest's edge to the bus: the wire carries exactly the contract's envelopes, without Nest's own packet around them. A handler is served in the
 * owner's queue group, or by the duty that it names.
 */
export class BusTransport extends Server implements CustomTransportStrategy {
  readonly #bus: Bus;
  readonly #duties: Duties;

  constructor(bus: Bus, duties: Duties = {}) {
    super();
    this.#bus = bus;
    this.#duties = duties;
  }

  listen(callback: () => void): void {
    for (const [subject, handler] of this.messageHandlers) {
      const contract = handler.extras?.['contract'] as MessageContract | undefined;
      if (!contract) throw new Error(`the handler of ${subject} names no contract: mark it with @Handles(contract)`);
      const answer: Handler<MessageContract> = async (request) => {
        const given: unknown = await handler(request);
        const answered: unknown = isObservable(given) ? await lastValueFrom(given) : given;
        if (hasThrown(answered)) throw answered.thrown;
        return answered as ReplyEnvelope<unknown>;
      };
      this.#serve(contract, answer, handler.extras?.['on'] as string | undefined);
    }
    callback();
  }

  #serve(contract: MessageContract, answer: Handler<MessageContract>, on: string | undefined): void {
    if (on === undefined) {
      this.#bus.serve(contract, answer);
      return;
    }
    const duty = this.#duties[on];
    if (!duty)
      throw new Error(`${contract.subject} is to be served on the duty ${on}, which this service does not have`);
    duty.serve(contract, answer);
  }

  close(): void {}

  on(): void {}

  unwrap<T>(): T {
    return this.#bus as T;
  }
}
