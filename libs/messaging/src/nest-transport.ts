import type { MessageContract, ReplyEnvelope } from '@causeway/contracts';
import { MessagePattern, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Bus } from './bus.ts';

/** What a method threw, carried past the framework, which would put an error of its own in its place. */
type Thrown = { readonly thrown: unknown };
const hasThrown = (answer: unknown): answer is Thrown =>
  typeof answer === 'object' && answer !== null && 'thrown' in answer;

/**
 * Marks a controller's method as the handler of a contract. The method receives one `Incoming<typeof contract>` (data already checked) and
 * returns the reply envelope. What it throws reaches the bus as it is: a missing dependency as its rejection, anything else as a bug.
 */
export const Handles =
  (contract: MessageContract): MethodDecorator =>
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
    MessagePattern(contract.subject, { contract })(target, key, descriptor);
  };

/**
 * Nest's edge to the bus: the wire carries exactly the contract's envelopes, without Nest's own packet around them, and each subscription is
 * in the owner's queue group.
 */
export class BusTransport extends Server implements CustomTransportStrategy {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    super();
    this.#bus = bus;
  }

  listen(callback: () => void): void {
    for (const [subject, handler] of this.messageHandlers) {
      const contract = handler.extras?.['contract'] as MessageContract | undefined;
      if (!contract) throw new Error(`the handler of ${subject} names no contract: mark it with @Handles(contract)`);
      this.#bus.serve(contract, async (request) => {
        const given: unknown = await handler(request);
        const answer: unknown = isObservable(given) ? await lastValueFrom(given) : given;
        if (hasThrown(answer)) throw answer.thrown;
        return answer as ReplyEnvelope<unknown>;
      });
    }
    callback();
  }

  close(): void {}

  on(): void {}

  unwrap<T>(): T {
    return this.#bus as T;
  }
}
