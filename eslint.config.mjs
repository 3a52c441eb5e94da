import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { ARCHITECTURE_RULES, SPEC_FILES } from './tools/src/lint/architecture.ts';
import { DEP_CONSTRAINTS, SPEC_DEP_CONSTRAINTS } from './tools/src/lint/boundaries.ts';
import {
  HOUSE_STYLE_RULES,
  TYPED_RULES,
  UNWANTED_RULES,
  UNWANTED_RULES_IN_SPECS,
} from './tools/src/lint/house-style.ts';
import { restrictionRule } from './tools/src/lint/restriction.ts';

const causeway = {
  rules: Object.fromEntries(ARCHITECTURE_RULES.map(({ name, restriction }) => [name, restrictionRule(restriction)])),
};

const moduleBoundaries = (depConstraints, ignoredCircularDependencies) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    { allow: [], banTransitiveDependencies: true, depConstraints, ignoredCircularDependencies },
  ],
});

export default defineConfig(
  { ignores: ['**/dist/', '**/coverage/', '.causeway/', '.nx/', '**/node_modules/'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { project: 'tsconfig.specs.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: { ...UNWANTED_RULES, ...HOUSE_STYLE_RULES, ...TYPED_RULES, ...moduleBoundaries(DEP_CONSTRAINTS, []) },
  },
  {
    files: SPEC_FILES,
    rules: {
      ...UNWANTED_RULES_IN_SPECS,
      ...moduleBoundaries(SPEC_DEP_CONSTRAINTS, [['@causeway/*', '@causeway/testing']]),
    },
  },
  ...ARCHITECTURE_RULES.map(({ name, files, ignores }) => ({
    files,
    ignores,
    plugins: { causeway },
    rules: { [`causeway/${name}`]: 'error' },
  })),
  prettier,
);
