import {
  ApprovalContent,
  ApprovalView,
  AuditPage,
  BudgetStatus,
  CapabilityView,
  CloudEvent,
  Health,
  Json,
  NoteView,
  OpenedSession,
  PoolView,
  PolicyRef,
  PredicateNode,
  Problem,
  RebuiltProjection,
  ResourcePage,
  ResourceView,
  RunView,
  SessionView,
  StepOutcome,
  StepResult,
  StepView,
  Subgoal,
  SubgoalView,
  Usage,
  type JsonObject,
} from '@causeway/contracts';
import { z } from 'zod';

const NAMED = {
  ...{ ApprovalContent, ApprovalView, AuditPage, BudgetStatus, CapabilityView, CloudEvent, Health, OpenedSession },
  ...{
    PolicyRef,
    PoolView,
    Predicate: PredicateNode,
    Problem,
    RebuiltProjection,
    ResourcePage,
    ResourceView,
    RunView,
    SessionView,
    StepOutcome,
  },
  ...{ NoteView, StepResult, StepView, Subgoal, SubgoalView, Usage },
};

export type SchemaCollection = {
  /** JSON Schema of what a client sends; shared parts are references. */
  readonly input: (schema: z.ZodType) => JsonObject;
  /** JSON Schema of what a client receives, and of what a query value means. */
  readonly output: (schema: z.ZodType) => JsonObject;
  /** The parts that were referred to so far, by name. */
  readonly components: () => JsonObject;
};

type Registry = z.core.$ZodRegistry<{ id: string }>;

/** What a schema accepts and what it gives can differ by its defaults, so views have names only on the way out. */
function registryOf(schemas: Readonly<Record<string, z.ZodType>>): Registry {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  return registry;
}

/** Turns zod schemas into JSON Schemas for an OpenAPI document, moving what has a name to `#/components/schemas`. */
export function schemaCollection(): SchemaCollection {
  const components: Record<string, JsonObject> = {};
  const registries = {
    input: registryOf({ JsonValue: Json, AskedPredicate: PredicateNode }),
    output: registryOf({ JsonValue: Json, ...NAMED }),
  };

  function convert(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
    const text = JSON.stringify(z.toJSONSchema(schema, { io, metadata: registries[io] }));
    const {
      $schema: _,
      $defs = {},
      ...rest
    } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as Record<string, JsonObject>;
    Object.assign(components, $defs);
    return rest;
  }

  return {
    input: (schema) => convert(schema, 'input'),
    output: (schema) => convert(schema, 'output'),
    components: () => Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
