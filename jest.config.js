/** Packages that come as ES modules only, or as both with an entry that Node can't load, and have to be compiled. */
const compiled = ['@noble', 'ox', 'flatted'].join('|');

const common = {
	transform: {
		'^.+\\.(ts|mjs)$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' } }],
	},
	moduleNameMapper: { '^@alchemy/aa-alchemy/(.*)$': '<rootDir>/node_modules/@alchemy/aa-alchemy/dist/cjs/$1' },
	transformIgnorePatterns: [`/node_modules/(?!(${compiled})/)`],
	testPathIgnorePatterns: ['/node_modules/', '/dist/', '/build/'],
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/', '<rootDir>/.cache/'],
};

/** The local chain that the tests of both projects share. */
const devnet = {
	globalSetup: '<rootDir>/test/chain/support/globalSetup.ts',
	globalTeardown: '<rootDir>/test/chain/support/globalTeardown.ts',
};

/** @type {import('jest').Config} */
module.exports = {
	// Three workers, also on two cores: tests on the chain wait a third of their time.
	maxWorkers: 3,
	// Time limits only end what hangs: a busy machine is no failure.
	testTimeout: 60_000,
	projects: [
		{ ...common, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
		{ ...common, ...devnet, displayName: 'workflow', testMatch: ['<rootDir>/test/workflow/**/*.test.ts'] },
		{ ...common, ...devnet, displayName: 'chain', testMatch: ['<rootDir>/test/chain/**/*.test.ts'] },
		{
			...common,
			displayName: 'n8n',
			testMatch: ['<rootDir>/test/n8n/**/*.test.ts'],
			globalSetup: '<rootDir>/test/n8n/support/globalSetup.ts',
			globalTeardown: '<rootDir>/test/n8n/support/globalTeardown.ts',
		},
		{
			...common,
			displayName: 'editor',
			testMatch: ['<rootDir>/test/editor/**/*.test.ts'],
			globalSetup: '<rootDir>/test/editor/support/globalSetup.ts',
			globalTeardown: '<rootDir>/test/editor/support/globalTeardown.ts',
		},
	],
};
