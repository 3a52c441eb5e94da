/** Size and shape: what keeps a file readable in one sitting. */
export const HOUSE_STYLE_RULES = {
  'max-lines': ['error', { max: 300 }],
  // A flat switch over a closed union reads as one decision, however many cases it has; exhaustiveness is checked apart.
  complexity: ['error', { max: 10, variant: 'modified' }],
  'max-depth': ['error', 3],
  'max-params': ['error', 4],
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-restricted-exports': [
    'error',
    { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } },
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: 'TSEnumDeclaration',
      message: 'Use an `as const` object and a union type: enums do not survive type stripping.',
    },
    {
      selector: 'ClassDeclaration[superClass][superClass.name!=/(Error|Exception)$|^Server$/]',
      message: 'Compose instead of inheriting; only errors and framework bases are extended.',
    },
  ],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
  ],
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
} as const;

/** What only the type checker sees: promises that nobody waits for, cases that nobody handles. */
export const TYPED_RULES = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
  ],
} as const;

/** Recommended by ESLint, wrong here: control characters are what the code looks for, and odd literals what specifications try. */
export const UNWANTED_RULES = { 'no-control-regex': 'off' } as const;
export const UNWANTED_RULES_IN_SPECS = { 'no-loss-of-precision': 'off', 'no-sparse-arrays': 'off' } as const;
