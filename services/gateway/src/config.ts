import { loadConfig, ServiceEnv } from '@causeway/service-kit';
import { z } from 'zod';

const GatewayEnv = { ...ServiceEnv, CAUSEWAY_OPERATOR_KEYS_FILE: z.string().min(1) };

/** What the gateway is told; an error lists every problem at once. */
export const readConfig = (env: Record<string, string | undefined>) => loadConfig(GatewayEnv, env);
export type GatewayConfig = ReturnType<typeof readConfig>;
