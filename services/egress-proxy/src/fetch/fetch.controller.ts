import { fetchForStep, httpFetch } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { FETCH_CALLS } from './fetch-token.ts';
import type { FetchAnswer, FetchCalls } from './fetch-calls.ts';

@Controller()
export class FetchController {
  readonly #calls: FetchCalls;

  constructor(@Inject(FETCH_CALLS) calls: FetchCalls) {
    this.#calls = calls;
  }

  @Handles(httpFetch.call)
  fetch({ data: { grant, input } }: Incoming<typeof httpFetch.call>): Promise<FetchAnswer> {
    return this.#calls.make({ grant, input, request: input });
  }

  /** The input of the step is the ingest that the page is fetched for: its grant is bound to that. */
  @Handles(fetchForStep)
  fetchForStep({ data: { grant, url } }: Incoming<typeof fetchForStep>): Promise<FetchAnswer> {
    return this.#calls.make({
      grant,
      input: { source: 'url', url },
      request: { url, method: 'GET', headers: {}, inlineOnly: true },
    });
  }
}
