import { Resolver } from 'node:dns';
import { loadConfig, ServiceEnv } from '@causeway/service-kit';
import { z } from 'zod';

function areServers(servers: readonly string[]): boolean {
  try {
    new Resolver().setServers([...servers]);
    return true;
  } catch {
    return false;
  }
}

/** Node and other software would send requests through what these name, past every guard. */
const PROXY_VARIABLES = [
  'NODE_USE_ENV_PROXY',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
];
const unsetProxy = z
  .undefined({ error: 'must not be set: this service is the way out and asks no other proxy' })
  .optional();

const shape = {
  ...ServiceEnv,
  CAUSEWAY_POLICY_DIR: z.string().min(1),
  /** `dev` lets named destinations be on this machine. */
  CAUSEWAY_PROFILE: z.enum(['dev', 'audit', 'hardened']).default('hardened'),
  /** Name servers to ask, in place of the system's: addresses with an optional port, separated by commas. */
  CAUSEWAY_DNS_SERVERS: z
    .string()
    .transform((list) => list.split(',').map((server) => server.trim()))
    .refine(areServers, 'must be IP addresses, with an optional port, separated by commas')
    .optional(),
  /** PEM file of certificate authorities to trust besides the public ones. */
  CAUSEWAY_EGRESS_CA_FILE: z.string().min(1).optional(),
  /** Where the forward proxy listens; without a port there is none here. */
  CAUSEWAY_PROXY_HOST: z.string().min(1).default('127.0.0.1'),
  CAUSEWAY_PROXY_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  /** Folder of mounted secrets: one file for each, named like it. */
  CAUSEWAY_SECRETS_DIR: z.string().min(1).optional(),
  /** File with at least 32 bytes that the authorities of runs are derived from; without it each process has its own. */
  CAUSEWAY_INTERCEPT_KEY_FILE: z.string().min(1).optional(),
  /** File with the token for the Vault that the pack names. */
  CAUSEWAY_VAULT_TOKEN_FILE: z.string().min(1).optional(),
  NODE_TLS_REJECT_UNAUTHORIZED: z
    .undefined({
      error: 'must not be set: certificates are always checked; name your own authority in CAUSEWAY_EGRESS_CA_FILE',
    })
    .optional(),
  ...Object.fromEntries(PROXY_VARIABLES.map((name) => [name, unsetProxy])),
};

export type Config = Readonly<z.infer<z.ZodObject<typeof shape>>>;

/** The service's configuration; throws with every problem listed. */
export const readConfig = (env: Record<string, string | undefined>): Config => loadConfig(shape, env);
