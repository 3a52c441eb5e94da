import ts from 'typescript';
import type { Mutation } from './mutation.ts';

/**
 * The source without the guard. Throws when there is no such function, or not exactly one such text: then the table is out of date, and a guard
 * would pass for tested that nobody took out.
 */
export function mutate(source: string, { name, removal }: Pick<Mutation, 'name' | 'removal'>): string {
  const body = bodyOf(source, { name, removal });
  if ('returns' in removal) return replaced(source, body, `{ return (${removal.returns}) as never; }`);
  const inside = source.slice(body.start, body.end);
  if (inside.split(removal.from).length !== 2) throw new Error(`${name} does not hold «${removal.from}» exactly once`);
  return replaced(
    source,
    body,
    inside.replace(removal.from, () => removal.to),
  );
}

type Span = { readonly start: number; readonly end: number };

const replaced = (source: string, { start, end }: Span, text: string): string =>
  source.slice(0, start) + text + source.slice(end);

/** Where the body of the named function stands, or, for a change of text, the value of the named constant. */
function bodyOf(source: string, { name, removal }: Pick<Mutation, 'name' | 'removal'>): Span {
  const file = ts.createSourceFile('guard.ts', source, ts.ScriptTarget.Latest, true);
  const found = file.statements.flatMap((statement) => bodiesIn(statement, name, 'from' in removal));
  const [body] = found;
  if (!body || found.length > 1) throw new Error(`there is not exactly one function ${name}`);
  return { start: body.getStart(file), end: body.getEnd() };
}

function bodiesIn(statement: ts.Statement, name: string, takesValues: boolean): readonly ts.Node[] {
  if (ts.isFunctionDeclaration(statement))
    return statement.name?.text === name && statement.body ? [statement.body] : [];
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name: declared, initializer }) => {
    if (declared.getText() !== name || !initializer) return [];
    if (ts.isArrowFunction(initializer)) return [initializer.body];
    return takesValues ? [initializer] : [];
  });
}
