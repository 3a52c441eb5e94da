import { loadConfig, PostgresEnv, ServiceEnv } from '@causeway/service-kit';
import { z } from 'zod';

const shape = { ...ServiceEnv, ...PostgresEnv, CAUSEWAY_POLICY_DIR: z.string().min(1) };

export type Config = Readonly<z.infer<z.ZodObject<typeof shape>>>;

/** The service's configuration; throws with every problem listed. */
export const readConfig = (env: Record<string, string | undefined>): Config => loadConfig(shape, env);
