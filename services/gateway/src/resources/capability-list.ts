import { CAPABILITIES, type CapabilityView } from '@causeway/contracts';
import { z } from 'zod';

type JsonSchema = CapabilityView['inputSchema'];
const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => z.toJSONSchema(schema, { io }) as unknown as JsonSchema;

/** Every capability that a step can name, in the order of the catalog. */
export function capabilityList(): { readonly capabilities: readonly CapabilityView[] } {
  const capabilities = [...CAPABILITIES.values()].map(
    ({ id, version, title, description, effects, untrusted, ...schemas }) => ({
      ...{ id, version, title, description, untrusted },
      effects: [...effects],
      inputSchema: schemaOf(schemas.input, 'input'),
      resultSchema: schemaOf(schemas.result, 'output'),
    }),
  );
  return { capabilities };
}
