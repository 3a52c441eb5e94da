import type { MessageContract, ReplyEnvelope } from '@causeway/contracts';
import { MessagePattern, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Bus } from './bus.ts';

/**
 * Marks a controller's method as the handler of a contract. The method receives one `Incoming<typeof contract>` (data already checked) and
 * returns the reply envelope.
 */
export const Handles = (contract: MessageContract): MethodDecorator => MessagePattern(contract.subject, { contract });

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
        const answer: unknown = await handler(request);
        return (isObservable(answer) ? await lastValueFrom(answer) : answer) as ReplyEnvelope<unknown>;
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
