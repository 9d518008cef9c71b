import { config as n8nConfig } from '@n8n/node-cli/eslint';
import { globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What n8n ships and its scanner reads; everything else never runs inside n8n as it stands here. */
const shipped = ['package.json', 'nodes/**/*.ts', 'credentials/**/*.ts'];

export default tseslint.config(
	globalIgnores(['dist', 'build', '**/node_modules', '**/.cache', 'test/output']),
	n8nConfig.map((entry) => (entry.files || !entry.rules ? entry : { ...entry, files: shipped })).map(onlyShipped),
	{
		// A field is read by its reader, and nowhere else: nodes/shared/form.ts.
		files: ['nodes/**/*.ts'],
		ignores: ['nodes/shared/form.ts', 'nodes/shared/approvalPage/{letWait,savedParameters}.ts'],
		rules: {
			'no-restricted-syntax': [
				'error',
				{
					selector: 'MemberExpression[property.name=/^get(Current)?NodeParameter$/]',
					message: 'Declare the field with its reader and read it by a form (nodes/shared/form.ts).',
				},
			],
		},
	},
	{
		files: ['{contracts,core,devnet,demo,bench,test,scripts}/**/*.ts', '*.ts'],
		extends: [tseslint.configs.recommended],
		rules: { '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] },
	},
);

/** n8n's config speaks of every TypeScript file; core/, devnet/ and the tests are not nodes. */
function onlyShipped(entry) {
	if (!entry.files?.includes('**/*.ts')) return entry;
	return { ...entry, files: shipped.filter((pattern) => pattern.endsWith('.ts')) };
}
