import { dirname, join } from 'node:path';
import ts from 'typescript';

/** The compiler's complaints, by number, about a file of a service that would hold `code`; nothing is written. */
export function compilerErrors(root: string, code: string): readonly number[] {
  const path = join(root, 'services/gateway/src/deep-import.ts');
  const configPath = join(root, 'tsconfig.specs.json');
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configPath, (p) => ts.sys.readFile(p)).config,
    { ...ts.sys, readDirectory: () => [path] },
    dirname(configPath),
    { types: [] },
  );
  const host = ts.createCompilerHost(config.options);
  const virtual: ts.CompilerHost = {
    ...host,
    fileExists: (p) => p === path || host.fileExists(p),
    readFile: (p) => (p === path ? code : host.readFile(p)),
    getSourceFile: (p, options) =>
      p === path ? ts.createSourceFile(p, code, options) : host.getSourceFile(p, options),
  };
  const program = ts.createProgram([path], config.options, virtual);
  return program.getSemanticDiagnostics(program.getSourceFile(path)).map((d) => d.code);
}
