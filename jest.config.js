/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // In the order in which they are tried for each import.
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts', '.png'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
    '^.+\\.png$': '<rootDir>/test/support/binary-transform.mjs',
  },
  // For the longest ones on a machine that is busy with other things.
  testTimeout: 180_000,
  // Many tests wait more than they work: one worker a processor, where Jest would leave one processor idle.
  maxWorkers: '100%',
  // Modules of finished tests stay in memory, and the larger that is, the slower everything gets.
  workerIdleMemoryLimit: '600MB',
};
