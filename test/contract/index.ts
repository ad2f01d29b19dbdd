/** The contract suites for sources and sinks, as a third party's tests import them: `albaretto/contract`. */

export * from './sink-contract.js';
export {
  type FakeService,
  type OpenedSource,
  type SourceContract,
  type SourceHarness,
  sourceContract,
  type TestRunner,
} from './source-contract.js';
