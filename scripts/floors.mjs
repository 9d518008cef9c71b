/**
 * The house: what may import what. A file imports from its own floor and from those below it, never from above.
 * A file belongs to the floor that names the most of its path.
 */

/** What ships, from the ground up. */
export const FLOORS = [
	{ name: 'pinned contracts', paths: ['contracts/referenceRegistry.ts', 'contracts/multicall3.ts'] },
	{
		name: 'ground',
		paths: ['core/errors.ts', 'core/amounts.ts', 'core/calls.ts', 'core/contracts.ts', 'core/networks.ts'],
	},
	{ name: 'text', paths: ['core/text/'] },
	{ name: 'input', paths: ['core/input/', 'core/functionCall.ts'] },
	{ name: 'rpc', paths: ['core/rpc/'] },
	{ name: 'registry', paths: ['core/registry/'] },
	{ name: 'plugin', paths: ['core/plugin/'] },
	{ name: 'refusal', paths: ['core/refusal/'] },
	{ name: 'contracts and accounts', paths: ['core/contractInfo.ts', 'core/accountState.ts'] },
	{ name: 'permissions', paths: ['core/permissions/'] },
	{ name: 'userOperation', paths: ['core/userOperation/'] },
	{ name: 'history', paths: ['core/history/'] },
	{ name: 'keys, read', paths: ['core/sessionKey/read/'] },
	{ name: 'keys, in sentences', paths: ['core/sessionKey/describe/'] },
	{ name: 'changes of keys', paths: ['core/sessionKey/plan/'] },
	{ name: 'rules of a payment', paths: ['core/payment/check/'] },
	{ name: "rules of n8n's own", paths: ['core/paymentRules/'] },
	{ name: 'approval of payments', paths: ['core/paymentApproval/'] },
	// It replays the rules to find which one an endpoint's answer is about.
	{ name: 'explain', paths: ['core/explain/'] },
	{ name: "owner's operations", paths: ['core/ownerOperation/'] },
	{ name: 'sending', paths: ['core/payment/send/'] },
	{ name: 'payment', paths: ['core/payment/', 'core/readContract.ts'] },
	{ name: 'statement', paths: ['core/statement/'] },
	{ name: 'emergency stop', paths: ['core/emergencyStop/'] },
	{ name: 'approval', paths: ['core/approval/'] },
	{ name: 'trigger', paths: ['core/trigger/'] },
	{ name: 'nodes, shared', paths: ['nodes/shared/'] },
	{ name: 'nodes, approval pages', paths: ['nodes/shared/approvalPage/'] },
	{ name: 'credentials', paths: ['credentials/'] },
	{ name: 'nodes', paths: ['nodes/'] },
];

/** What doesn't ship, and the folders that each may import from besides its own. Nothing that ships imports any of it. */
export const WORKSHOPS = {
	'contracts/': ['devnet/'],
	// What stands in for the chain must not lean on what is tested against it.
	'devnet/': ['contracts/'],
	'demo/': ['devnet/'],
	'bench/': ['core/', 'credentials/', 'nodes/', 'devnet/', 'test/support/'],
	'scripts/': ['core/', 'credentials/', 'nodes/', 'devnet/', 'demo/', 'bench/', 'test/support/', 'test/editor/'],
	'test/': ['contracts/', 'core/', 'credentials/', 'nodes/', 'devnet/', 'demo/', 'scripts/', 'bench/'],
};
