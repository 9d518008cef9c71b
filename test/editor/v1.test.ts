import { rm } from 'node:fs/promises';
import { parseUnits } from 'viem';
import { installN8n, n8nCli, prepareUserFolder, type Cli, type Credential, type Workflow } from '../../demo/n8n';
import { packPackage } from '../../demo/package';
import { readWorkflow, salaries } from '../../demo/workflows';
import { balanceOf, fundedAccount } from '../../devnet';
import { accountOf } from '../../devnet/accounts';
import { alchemyApiFor } from '../support/credentials';
import { connect } from './support/world';

/** Installing n8n 1 takes some minutes, the first time. */
jest.setTimeout(900_000);

const MONEY = parseUnits('20000', 6);

it('sets up an account and pays in n8n 1 too, once', async () => {
	const { devnet } = await connect();
	const token = devnet.tokens.usd6;
	const { address, owner } = await fundedAccount(devnet, { deployed: false, tokens: { usd6: MONEY } });
	const [salariesKey, invoicesKey] = [accountOf(), accountOf()];
	const n8n = await installN8n(1, (line) => process.stdout.write(`${line}\n`));
	const userFolder = await prepareUserFolder({ n8n, packageTarball: await packPackage() });
	try {
		const cli = n8nCli(n8n, userFolder);
		const chain = alchemyApiFor(devnet);
		const ids = await importCredentials(cli, [
			{ name: 'Local chain', type: 'alchemyApi', data: chain },
			{
				name: 'The owner',
				type: 'smartAccountOwnerApi',
				data: { signWith: 'privateKey', privateKey: owner.privateKey },
			},
			{
				name: 'Salaries agent',
				type: 'agentSessionKeyApi',
				data: { accountAddress: address, privateKey: salariesKey!.privateKey },
			},
		]);
		const addresses = {
			TOKEN_ADDRESS: token.address,
			SALARIES_KEY: salariesKey!.address,
			INVOICES_KEY: invoicesKey!.address,
		};
		await cli.importWorkflow({ ...readWorkflow('setup', addresses, ids), id: 'setup' });
		await cli.importWorkflow({ ...byHand(readWorkflow('salaries', addresses, ids)), id: 'salaries' });
		expect(await statuses(cli, 'setup', 'Install the plugin with two keys')).toEqual(['done']);
		expect(await statuses(cli, 'salaries', 'Pay the salary')).toEqual(['paid', 'paid', 'paid']);
		expect(await statuses(cli, 'salaries', 'Pay the salary')).toEqual(Array(3).fill('alreadyPaid'));
		const total = salaries().reduce((sum, { amount }) => sum + parseUnits(amount, 6), 0n);
		expect(await balanceOf(devnet.request, token, address)).toBe(MONEY - total);
	} finally {
		await rm(userFolder, { recursive: true, force: true });
	}
});

/** n8n's command runs what is started by hand only. */
function byHand(workflow: Workflow): Workflow {
	for (const node of workflow.nodes) {
		if (node.type.endsWith('.scheduleTrigger')) {
			Object.assign(node, { type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} });
		}
	}
	return workflow;
}

/** Gives the ids by the credentials' names. */
async function importCredentials(cli: Cli, credentials: readonly Credential[]): Promise<Record<string, string>> {
	const withIds = credentials.map((credential, index) => ({ ...credential, id: `credential-${index}` }));
	await cli.importCredentials(withIds);
	return Object.fromEntries(withIds.map(({ name, id }) => [name, id]));
}

type Runs = Record<string, Array<{ data: { main: Array<Array<{ json: { status: string } }>> } }>>;

/** Runs a workflow and tells the status of each item that a node gave out. */
async function statuses(cli: Cli, workflowId: string, node: string): Promise<string[]> {
	const { exitCode, output, data } = await cli.execute(workflowId);
	if (exitCode !== 0 || !data) throw new Error(`n8n 1 did not run the workflow: ${output.slice(-3000)}`);
	const [run] = (data.data.resultData.runData as Runs)[node] ?? [];
	return (run?.data.main[0] ?? []).map(({ json }) => json.status);
}
