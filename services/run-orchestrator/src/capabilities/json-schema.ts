import type { FieldError, JsonObject } from '@causeway/contracts';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

/** A value that fits, with the schema's defaults in place of what was left out; or every field that does not. */
export type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly errors: readonly FieldError[]; readonly missing: readonly string[] };
export type Check = (value: unknown) => Checked;

/** A value with more faults than this is not told all of them. */
const MAX_TOLD = 20;

/**
 * Makes a JSON Schema (draft 2020-12) ready to check values. Strict: a keyword that it would not enforce is an error, except `format`, which is
 * an annotation in that draft. References lead nowhere but into the schema itself. Throws with the reason when it cannot be enforced.
 */
export function compileSchema(schema: JsonObject): Check {
  const ajv = new Ajv2020({
    ...{ strict: true, strictTypes: false, strictTuples: false, allErrors: true, useDefaults: true },
    ...{ validateFormats: false, ownProperties: true, addUsedSchema: false, logger: false },
  });
  const validate = ajv.compile(schema);
  return (given) => {
    const value: unknown = structuredClone(given);
    return validate(value) ? { ok: true, value } : faults(schema, value, validate.errors ?? []);
  };
}

function faults(schema: JsonObject, value: unknown, all: readonly ErrorObject[]): Extract<Checked, { ok: false }> {
  const told = chosen(schema, value, all);
  const errors = told.map(fieldError).slice(0, MAX_TOLD);
  const missing = told.filter(({ keyword }) => keyword === 'required').map((error) => pathOf(error));
  return { ok: false, errors, missing };
}

type Branch = { readonly properties?: { readonly [name: string]: { readonly const?: unknown } } };

/**
 * Where one field says which of several forms a value is to have, only the faults of that form matter; when it says none of them, that is the
 * fault.
 */
function chosen(schema: JsonObject, value: unknown, all: readonly ErrorObject[]): readonly ErrorObject[] {
  const keyword = ['oneOf', 'anyOf'].find((name) => Array.isArray(schema[name]));
  const branches = keyword === undefined ? [] : (schema[keyword] as unknown as readonly Branch[]);
  const field = tellingField(branches);
  if (keyword === undefined || field === undefined || typeof value !== 'object' || value === null) return all;
  const said = (value as Readonly<Record<string, unknown>>)[field];
  const consts = branches.map((branch) => branch.properties?.[field]?.const);
  const index = consts.indexOf(said);
  if (index >= 0) return all.filter(({ schemaPath }) => schemaPath.startsWith(`#/${keyword}/${index}/`));
  const place = { instancePath: '', schemaPath: '', keyword: 'required', params: { missingProperty: field } };
  if (said === undefined) return [place];
  return [{ ...place, instancePath: `/${field}`, keyword: 'enum', params: { allowedValues: consts } }];
}

/** The field that has another constant in each form; undefined when there is none. */
function tellingField(branches: readonly Branch[]): string | undefined {
  return Object.keys(branches[0]?.properties ?? {}).find((name) => {
    const consts = branches.map((branch) => branch.properties?.[name]?.const);
    return !consts.includes(undefined) && new Set(consts).size === branches.length;
  });
}

function fieldError(error: ErrorObject): FieldError {
  const path = pathOf(error);
  const allowed = error.params['allowedValues'] as readonly unknown[] | undefined;
  if (error.keyword === 'required') return { path, message: 'is missing' };
  if (error.keyword === 'additionalProperties') return { path, message: 'is not a field of this input' };
  if (allowed) return { path, message: `must be one of ${allowed.map((one) => JSON.stringify(one)).join(', ')}` };
  return { path, message: error.message ?? `does not fit ${error.keyword}` };
}

/** The dotted path of what a fault is about: of the missing or needless member itself where there is one. */
function pathOf({ instancePath, params }: Pick<ErrorObject, 'instancePath' | 'params'>): string {
  const member = (params['missingProperty'] ?? params['additionalProperty']) as string | undefined;
  const parts = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return [...parts, ...(member === undefined ? [] : [member])].join('.');
}
