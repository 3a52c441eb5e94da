import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What every service is told. */
export const ServiceEnv = {
  CAUSEWAY_NATS_URL: z.string().min(1),
  CAUSEWAY_NATS_USER: z.string().min(1),
  CAUSEWAY_NATS_PASSWORD_FILE: z.string().min(1),
  CAUSEWAY_HTTP_HOST: z.string().default('127.0.0.1'),
  CAUSEWAY_HTTP_PORT: z.coerce.number().int().min(0).max(65_535),
  CAUSEWAY_INSTANCE: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
  CAUSEWAY_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
};

/** What a service with a database is told besides. */
export const PostgresEnv = {
  CAUSEWAY_POSTGRES_URL: z.string().min(1),
  CAUSEWAY_POSTGRES_PASSWORD_FILE: z.string().min(1),
};

/**
 * Reads a service's configuration from the environment: parsed, frozen, or an error that lists every problem at once. A variable that is
 * empty counts as not set.
 * @param shape one zod schema per variable
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Record<string, string | undefined>,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`the configuration is not usable; set these environment variables:\n${problems.join('\n')}`);
}

/** Reads a mounted secret; a trailing line break does not count. Throws when it is missing or empty. */
export function readSecret(file: string): string {
  const secret = readFileSync(file, 'utf8').trim();
  if (secret === '') throw new Error(`the secret file ${file} is empty`);
  return secret;
}
