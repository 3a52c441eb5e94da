import { loadConfig, PostgresEnv, ServiceEnv } from '@causeway/service-kit';
import { z } from 'zod';

const shape = {
  ...ServiceEnv,
  ...PostgresEnv,
  /** The only folder that files are taken from. */
  CAUSEWAY_INGEST_DIR: z.string().min(1),
  /** Most bytes of one text, file or page. */
  CAUSEWAY_MAX_RESOURCE_BYTES: z.coerce.number().int().min(1).max(1_048_576).default(262_144),
};

export type Config = Readonly<z.infer<z.ZodObject<typeof shape>>>;

/** The service's configuration; throws with every problem listed. */
export const readConfig = (env: Record<string, string | undefined>): Config => loadConfig(shape, env);
