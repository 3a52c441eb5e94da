import { loadConfig, PostgresEnv, ServiceEnv } from '@causeway/service-kit';
import { z } from 'zod';

const shape = {
  ...ServiceEnv,
  ...PostgresEnv,
  /** The role that owns the tables; used at start to migrate them, and for nothing else. */
  CAUSEWAY_POSTGRES_OWNER_URL: z.string().min(1),
  CAUSEWAY_POSTGRES_OWNER_PASSWORD_FILE: z.string().min(1),
  /** Name of the log: stands in every leaf, so it never changes for one database. */
  CAUSEWAY_LEDGER_ORIGIN: z
    .string()
    .regex(/^[a-z0-9][a-z0-9./-]{2,127}$/, 'must be 3 to 128 of a-z, 0-9, dot, slash and dash')
    .default('ledger.causeway.local/dev/main'),
  /** Folder of the signing keys and of what was signed last. MUST NOT be restored together with the database. */
  CAUSEWAY_SIGNER_DIR: z.string().min(1),
  /** Lists the witnesses to ask: `[{"url", "vkey"}]`. Without it, or while there is no such file, none is asked. */
  CAUSEWAY_WITNESSES_FILE: z.string().min(1).optional(),
  /** Most that the AUDIT stream holds, in bytes. It has to fit into what JetStream may store. */
  CAUSEWAY_AUDIT_STREAM_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1024 ** 2)
    .default(8 * 1024 ** 3),
};

export type Config = Readonly<z.infer<z.ZodObject<typeof shape>>>;

/** The service's configuration; throws with every problem listed. */
export const readConfig = (env: Record<string, string | undefined>): Config => loadConfig(shape, env);
