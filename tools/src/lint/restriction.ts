import type { Rule, Scope } from 'eslint';

/** What a piece of the tree must not reach, and why; becomes one ESLint rule with a name of its own. */
export type Restriction = {
  /** Ends every message of the rule: teaches what to do instead. */
  readonly why: string;
  /** Module names; a trailing `*` stands for the rest (`node:*`, `@nestjs/*`). A name also covers its sub-paths. */
  readonly modules?: readonly string[];
  /** Names that may be imported from a restricted module all the same. */
  readonly exceptNames?: Readonly<Record<string, readonly string[]>>;
  /** `import type` opens nothing, so some restrictions let it pass. */
  readonly typeImports?: 'allowed';
  /** When given, only these names of a restricted module are refused. */
  readonly onlyNames?: readonly string[];
  readonly globals?: readonly string[];
  /** Members of globals, such as `Math.random`. */
  readonly members?: readonly string[];
  /** Uses of a restricted global that only calculate: members by name, `new` for a construction from at least one argument. */
  readonly exceptUses?: Readonly<Record<string, readonly string[]>>;
};

const GLOBAL_OBJECTS = new Set(['globalThis', 'global', 'self', 'window']);

const covers = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern || name.startsWith(`${pattern}/`);

type Imported = { readonly name: string; readonly kind: 'type' | 'value' };

const EVERYTHING: readonly Imported[] = [{ name: '*', kind: 'value' }];

const kindOf = (node: object): Imported['kind'] =>
  ('importKind' in node && node.importKind === 'type') || ('exportKind' in node && node.exportKind === 'type')
    ? 'type'
    : 'value';

/** What a declaration brings in; a namespace, a default, a bare or a dynamic import bring everything. */
function imported(node: Rule.Node): readonly Imported[] {
  if (kindOf(node) === 'type') return [{ name: '*', kind: 'type' }];
  const specifiers =
    node.type === 'ImportDeclaration' || node.type === 'ExportNamedDeclaration' ? node.specifiers : undefined;
  if (!specifiers?.length) return EVERYTHING;
  return specifiers.map((s) => {
    const named = s.type === 'ImportSpecifier' ? s.imported : s.type === 'ExportSpecifier' ? s.local : undefined;
    const name = named ? ('name' in named ? named.name : String(named.value)) : '*';
    return { name, kind: kindOf(s) };
  });
}

/** The module that a call loads: `require('x')`, `module.require('x')`, `process.getBuiltinModule('x')`. */
function loadedModule(node: Rule.Node): unknown {
  if (node.type !== 'CallExpression') return undefined;
  const { callee } = node;
  const name =
    callee.type === 'Identifier'
      ? callee.name
      : callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
        ? callee.property.name
        : '';
  const [first] = node.arguments;
  return ['require', 'getBuiltinModule'].includes(name) && first?.type === 'Literal' ? first.value : undefined;
}

/** References to names that the file does not declare itself, types left aside. */
function globalReferences(context: Rule.RuleContext): readonly Scope.Reference[] {
  const scope = context.sourceCode.scopeManager.globalScope;
  if (!scope) return [];
  const declaredByConfig = scope.variables.filter((v) => v.defs.length === 0).flatMap((v) => v.references);
  return [...scope.through, ...declaredByConfig].filter((r) => !('isTypeReference' in r && r.isTypeReference));
}

/** The name of the member that is read of an identifier: `random` for `Math.random`, `Math['random']` and `const { random } = Math`. */
function memberNames(identifier: Rule.Node): readonly string[] {
  const { parent } = identifier;
  if (parent?.type === 'MemberExpression' && (parent.object as unknown) === identifier) {
    if (parent.property.type === 'Identifier' && !parent.computed) return [parent.property.name];
    return parent.property.type === 'Literal' ? [String(parent.property.value)] : [];
  }
  if (parent?.type !== 'VariableDeclarator' || parent.id.type !== 'ObjectPattern') return [];
  return parent.id.properties.flatMap((p) =>
    p.type === 'Property' && p.key.type === 'Identifier' ? [p.key.name] : [],
  );
}

/** How an identifier is used: the members that are read of it, and `new` when it constructs something from an argument. */
function usesOf(identifier: Rule.Node): readonly string[] {
  const { parent } = identifier;
  const constructs =
    parent?.type === 'NewExpression' && (parent.callee as unknown) === identifier && parent.arguments.length > 0;
  return constructs ? ['new'] : memberNames(identifier);
}

/** The restricted global or member that a reference reaches, also by way of the global object. */
function refusedGlobal(node: Rule.Node, name: string, restriction: Restriction): string | undefined {
  const { globals = [], members = [], exceptUses } = restriction;
  const uses = usesOf(node);
  if (GLOBAL_OBJECTS.has(name)) return uses.find((use) => globals.includes(use));
  const excepted = exceptUses?.[name] ?? [];
  if (globals.includes(name) && !(uses.length > 0 && uses.every((use) => excepted.includes(use)))) return name;
  return uses.map((use) => `${name}.${use}`).find((use) => members.includes(use));
}

function checkGlobals(context: Rule.RuleContext, restriction: Restriction): void {
  for (const { identifier } of globalReferences(context)) {
    const node = identifier as Rule.Node;
    const refused = refusedGlobal(node, 'name' in identifier ? String(identifier.name) : '', restriction);
    if (refused) context.report({ node, message: `'${refused}' is not for this place: ${restriction.why}` });
  }
}

function isModuleRefused(restriction: Restriction, module: string, node: Rule.Node): boolean {
  if (!(restriction.modules ?? []).some((pattern) => covers(pattern, module))) return false;
  const { onlyNames, exceptNames, typeImports } = restriction;
  const excepted = exceptNames?.[module] ?? [];
  return imported(node)
    .filter(({ kind }) => kind === 'value' || typeImports !== 'allowed')
    .some(({ name }) => (onlyNames ? name === '*' || onlyNames.includes(name) : !excepted.includes(name)));
}

/** An ESLint rule that refuses what `restriction` names, however it is reached: import, export from, dynamic import, require, global. */
export function restrictionRule(restriction: Restriction): Rule.RuleModule {
  return {
    meta: { type: 'problem', docs: { description: restriction.why }, schema: [] },
    create(context) {
      const check = (node: Rule.Node, module: unknown): void => {
        if (typeof module !== 'string' || !isModuleRefused(restriction, module, node)) return;
        context.report({ node, message: `'${module}' is not for this place: ${restriction.why}` });
      };
      return {
        ImportDeclaration: (node) => check(node, node.source.value),
        ExportNamedDeclaration: (node) => check(node, node.source?.value),
        ExportAllDeclaration: (node) => check(node, node.source.value),
        ImportExpression: (node) => check(node, node.source.type === 'Literal' ? node.source.value : undefined),
        CallExpression: (node) => check(node, loadedModule(node)),
        'Program:exit': () => checkGlobals(context, restriction),
      };
    },
  };
}
