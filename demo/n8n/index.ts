/** A real n8n for the demo and the tests: installed once, started on free ports, driven over REST or its own commands. */
export { n8nCli, type Cli } from './cli';
export { installCommunityPackage } from './communityPackage';
export { installN8n, type InstalledN8n, type Log, type N8nMajor } from './install';
export {
	OWNER,
	signIn,
	waitForWebhook,
	type Credential,
	type Execution,
	type Item,
	type Rest,
	type Workflow,
	type WorkflowNode,
} from './rest';
export { prepareUserFolder, startN8n, type RunningN8n } from './start';
