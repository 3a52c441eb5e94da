import type { ServerResponse } from 'node:http';
import type { Seen } from './destination.ts';

export type VaultStub = {
  readonly respond: (request: Seen, response: ServerResponse) => void;
  /** Writes the next version of a secret. */
  readonly put: (path: string, data: Readonly<Record<string, unknown>>) => void;
  /** Deletes the newest version, as `vault kv delete` does. */
  readonly remove: (path: string) => void;
  readonly seal: () => void;
};

/**
 * Speaks the part of HashiCorp Vault's HTTP API that reads KV version 2, as it is documented: `GET /v1/:mount/data/:path` with `X-Vault-Token`,
 * 403 for another token, 404 for what is not there, 404 with metadata for a deleted version, 503 while sealed.
 */
export function vaultStub(token: string, mount = 'secret'): VaultStub {
  const versions = new Map<string, (Readonly<Record<string, unknown>> | null)[]>();
  let isSealed = false;
  const prefix = `/v1/${mount}/data/`;

  function answerTo({ method, target, headers }: Seen): { readonly status: number; readonly body: object } {
    if (isSealed) return { status: 503, body: { errors: ['Vault is sealed'] } };
    if (headers['x-vault-token'] !== token) return { status: 403, body: { errors: ['permission denied'] } };
    const all = target.startsWith(prefix) ? versions.get(target.slice(prefix.length)) : undefined;
    if (!all) return { status: 404, body: { errors: [] } };
    if (method !== 'GET') return { status: 405, body: { errors: ['unsupported operation'] } };
    const data = all.at(-1) ?? null;
    const metadata = {
      ...{ created_time: '2026-01-01T00:00:00.000000000Z', custom_metadata: null, destroyed: false },
      ...{ deletion_time: data === null ? '2026-01-02T00:00:00Z' : '', version: all.length },
    };
    const envelope = { request_id: '5a', lease_id: '', renewable: false, lease_duration: 0, wrap_info: null };
    return {
      status: data === null ? 404 : 200,
      body: { ...envelope, data: { data, metadata }, warnings: null, auth: null },
    };
  }

  return {
    respond: (request, response) => {
      const { status, body } = answerTo(request);
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(`${JSON.stringify(body)}\n`);
    },
    put: (path, data) => void versions.set(path, [...(versions.get(path) ?? []), data]),
    remove: (path) => void versions.set(path, [...(versions.get(path) ?? []), null]),
    seal: () => void (isSealed = true),
  };
}
