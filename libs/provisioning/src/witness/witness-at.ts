import { get } from 'node:http';
import { ProvisioningError } from '../provisioning-error.ts';

/** What a witness tells of itself. */
export type WitnessAt = {
  readonly name: string;
  readonly vkey: string;
  readonly logs: readonly { readonly origin: string; readonly size: number; readonly cosignedAt?: number }[];
};

const TIMEOUT_MS = 5_000;

/** Asks the witness at this address who it is and how far each log is. ProvisioningError when it does not answer. */
export async function witnessAt(url: string): Promise<WitnessAt> {
  try {
    return JSON.parse(await bodyOf(url)) as WitnessAt;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProvisioningError(`no witness answers at ${url}: ${why}. Its log says more: ./causeway logs witness`, {
      cause,
    });
  }
}

function bodyOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (body += part));
      response.once('error', reject);
      response.once('end', () =>
        response.statusCode === 200 ? resolve(body) : reject(new Error(`it answered ${response.statusCode}: ${body}`)),
      );
    });
    asked.once('error', reject);
  });
}
