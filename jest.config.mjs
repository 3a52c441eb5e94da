const base = {
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@causeway/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/tools/jest/temporary-folder.mjs',
  globalTeardown: '<rootDir>/tools/jest/remove-temporary-folder.mjs',
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/\\.causeway/'],
};

/** Tiers are in the file name: `.spec` and `.prop.spec` need nothing, `.int.spec` needs NATS and Postgres, `.e2e.spec` the whole system. */
export default {
  // The first test of a run may have to provision what it needs, and a busy machine is slow: this is for what hangs.
  testTimeout: 120_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['**/src/**/*.spec.ts'],
      testPathIgnorePatterns: ['\\.(int|e2e)\\.spec\\.ts$', '/node_modules/'],
    },
    { ...base, displayName: 'int', testMatch: ['**/*.int.spec.ts'] },
    { ...base, displayName: 'e2e', testMatch: ['**/*.e2e.spec.ts'] },
  ],
};
