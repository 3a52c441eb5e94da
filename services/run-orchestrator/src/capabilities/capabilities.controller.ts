import { announceByAnyProvider, listCapabilities } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Capabilities } from './capabilities.ts';

export const CAPABILITY_LIST = Symbol('capabilities');

@Controller()
export class CapabilitiesController {
  readonly #capabilities: Capabilities;
  constructor(@Inject(CAPABILITY_LIST) capabilities: Capabilities) {
    this.#capabilities = capabilities;
  }

  @Handles(announceByAnyProvider)
  announce(@Payload() request: Incoming<typeof announceByAnyProvider>) {
    return this.#capabilities.announce(request);
  }

  @Handles(listCapabilities)
  list(@Payload() request: Incoming<typeof listCapabilities>) {
    return this.#capabilities.list(request);
  }
}
