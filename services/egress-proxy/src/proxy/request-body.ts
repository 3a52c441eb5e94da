import type { IncomingMessage } from 'node:http';
import type { ComingBody } from '../bodies/passed-body.ts';

/** The body of a request at the proxy: here as a whole, still with its sender, or not taken. */
export type RequestBody =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'coming'; readonly coming: ComingBody }
  | { readonly kind: 'refused'; readonly problem: string };

export type BodyLimits = {
  /** Most bytes that are held. */
  readonly heldBytes: number;
  /** Most bytes that are passed on; not above `heldBytes` where none are. */
  readonly passedBytes: number;
  /** How long what is held may take to come in. */
  readonly withinMs: number;
};

/** Tells the client that its body is wanted (RFC 9110 section 10.1.1); nothing where it does not ask. */
export type GoOn = () => void;

/**
 * Takes a body as a whole where it is small enough to be held: then its digest is known before anything is decided. Of a larger one only so much is read
 * as tells that it is, and of one that says how large it is, nothing.
 */
export async function requestBody(request: IncomingMessage, limits: BodyLimits, goOn: GoOn): Promise<RequestBody> {
  const { heldBytes, passedBytes } = limits;
  const announced = announcedBytes(request);
  if (announced !== undefined && announced > Math.max(heldBytes, passedBytes)) return refused(limits);
  const rest: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  if (announced !== undefined && announced > heldBytes) return coming({ held: [], rest, sizeBytes: announced, goOn });
  goOn();
  const { held, sizeBytes, isWhole } = await beginning(rest, limits, request);
  if (isWhole) return { kind: 'whole', bytes: Buffer.concat(held, sizeBytes) };
  return sizeBytes > passedBytes ? refused(limits) : coming({ held, rest, sizeBytes: undefined, goOn: () => {} });
}

const refused = ({ heldBytes, passedBytes }: BodyLimits): RequestBody => ({
  kind: 'refused',
  problem: `its body has more than ${Math.max(heldBytes, passedBytes)} bytes`,
});

/** Undefined for a body that comes in chunks; two lengths, or a length beside chunks, are refused by their form. */
function announcedBytes({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

async function beginning(rest: AsyncIterator<Buffer>, { heldBytes, withinMs }: BodyLimits, request: IncomingMessage) {
  const timer = setTimeout(() => request.destroy(), withinMs);
  const held: Buffer[] = [];
  let sizeBytes = 0;
  try {
    while (sizeBytes <= heldBytes) {
      const next = await rest.next();
      if (next.done) return { held, sizeBytes, isWhole: true };
      held.push(next.value);
      sizeBytes += next.value.length;
    }
    return { held, sizeBytes, isWhole: false };
  } finally {
    clearTimeout(timer);
  }
}

type Parts = Pick<ComingBody, 'sizeBytes'> & {
  readonly held: readonly Buffer[];
  readonly rest: AsyncIterator<Buffer>;
  readonly goOn: GoOn;
};

function coming({ held, rest, sizeBytes, goOn }: Parts): RequestBody {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    goOn();
    yield* held;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  }
  return { kind: 'coming', coming: { sizeBytes, pieces } };
}
