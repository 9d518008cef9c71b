import { encodeFunctionData, erc20Abi, parseEther, parseUnits, type Hex } from 'viem';
import { CHANGE_REGISTRY, DETERMINISTIC_DEPLOYER, REFERENCE_REGISTRY } from '../../contracts/referenceRegistry';
import { balanceOf, fundedAccount, tokenBudget, type DevnetClient } from '../../devnet';
import { accountOf } from '../../devnet/accounts';
import { startAnvil, type Anvil } from '../../devnet/anvil';
import { transact } from '../../devnet/contracts/deploy';
import { defaultAccount } from '../../devnet/mnemonic';
import { rpcClient } from '../../devnet/rpc';
import { commandsFor } from '../support/pages';
import { printed, type } from '../support/typed';
import { connect } from './support/devnet';

/** The commands of the pages that are about the local chain, as they stand there. */
const commands = commandsFor('chain');

let devnet: DevnetClient;

jest.setTimeout(120_000);

beforeEach(async () => {
	devnet = await connect();
});

async function run(command: string): Promise<string> {
	const { output, ended } = type(command);
	if ((await ended) !== 0) throw new Error(output());
	return output();
}

describe('npm run devnet', () => {
	/** The usual port may be taken where tests run; 0 is any free one. */
	const onFreePort = (command: string) =>
		command.includes('--port')
			? command.replace(/--port \d+/, '--port 0')
			: `${command}${command.includes(' -- ') ? '' : ' --'} --port 0`;

	it.each(commands.filter((command) => command.startsWith('npm run devnet')))(
		'%s',
		async (command) => {
			const { output, interrupt, ended } = type(onFreePort(command).replace('<url>', devnet.chainUrl));
			const url = await Promise.race([printed(output, /URL +(http:\S+)/), ended.then(() => undefined)]);
			if (!url) throw new Error(output());
			try {
				const chainId = Number(await rpcClient(url)('eth_chainId'));
				const asked = /--chain-id (\d+)/.exec(command)?.[1];
				expect(output()).toMatch(new RegExp(`Chain ID +${asked ?? chainId}\n`));
				expect(output()).toMatch(/dUSD +0x[0-9a-fA-F]{40}/);
			} finally {
				interrupt();
			}
			await ended;
			await expect(rpcClient(url)('eth_chainId')).rejects.toThrow('fetch failed');
		},
		120_000,
	);
});

describe('npm run registry', () => {
	const commandWith = (option: string) =>
		commands.find((one) => one.startsWith('npm run registry') && one.includes(option))!;
	const DEPLOYED = /^Chain +31337 has exactly its code$/m;
	let anvil: Anvil;

	beforeEach(async () => {
		anvil = await startAnvil();
	});

	afterEach(() => anvil.close());

	async function typed(option: string, env: Record<string, string> = {}) {
		const child = type(commandWith(option).replace('<rpc url>', anvil.url), env);
		return { status: await child.ended, output: child.output() };
	}

	it('has a test for each of them', () => {
		const listed = commands.filter((command) => command.startsWith('npm run registry'));
		expect(new Set(['--verify', '--deploy'].map(commandWith))).toEqual(new Set(listed));
	});

	it('deploys with a key from the environment, verifies, and sends nothing the second time', async () => {
		const before = await typed('--verify');
		expect(before).toMatchObject({ status: 1, output: expect.stringContaining('has nothing at that address') });
		const { privateKey, address } = defaultAccount(0);
		const env = { DEPLOYER_PRIVATE_KEY: privateKey };
		const deployed = await typed('--deploy', env);
		expect(deployed).toMatchObject({ status: 0, output: expect.stringMatching(DEPLOYED) });
		expect(deployed.output).toContain(address);
		expect(deployed.output).not.toContain(privateKey.slice(2));
		expect(await typed('--deploy', env)).toMatchObject({ status: 0 });
		expect(await rpcClient(anvil.url)('eth_getTransactionCount', [address, 'latest'])).toBe('0x2');
		const { status, output } = await typed('--verify');
		expect(output).toMatch(DEPLOYED);
		expect(output).toMatch(/^Source +compiles to the \d+ pinned bytes$/m);
		for (const registry of [REFERENCE_REGISTRY, CHANGE_REGISTRY]) {
			expect(output).toMatch(new RegExp(`^Address +${registry} follows from them$`, 'm'));
		}
		expect(status).toBe(0);
	});

	it('prints the transactions for any wallet where there is no key, and those deploy both', async () => {
		const { status, output } = await typed('--deploy', { DEPLOYER_PRIVATE_KEY: '' });
		expect(status).toBe(1);
		const printed = [...output.matchAll(/^to +(0x\w{40})\nvalue +0\ngas +(\d+)\ndata +(0x\w+)$/gm)];
		expect(printed).toHaveLength(2);
		for (const [, to, gas, data] of printed) {
			await transact(rpcClient(anvil.url), {
				from: defaultAccount(1).address,
				to: to as Hex,
				data: data as Hex,
				gas: BigInt(gas!),
			});
		}
		expect(await typed('--verify')).toMatchObject({ status: 0 });
	});

	it('says what a key must look like without showing it, where other code stands, and where no deployer does', async () => {
		const wrong = await typed('--deploy', { DEPLOYER_PRIVATE_KEY: '0xabcdef123' });
		expect(wrong).toMatchObject({ status: 1, output: expect.stringContaining('64 hexadecimal digits') });
		expect(wrong.output).not.toContain('abcdef123');
		const request = rpcClient(anvil.url);
		await request('anvil_setCode', [REFERENCE_REGISTRY, '0x00']);
		expect(await typed('--verify')).toMatchObject({ status: 1, output: expect.stringContaining('HAS OTHER CODE') });
		await request('anvil_setCode', [DETERMINISTIC_DEPLOYER, '0x']);
		const nowhere = await typed('--deploy', { DEPLOYER_PRIVATE_KEY: defaultAccount(0).privateKey });
		expect(nowhere).toMatchObject({ status: 1, output: expect.stringContaining('not on this chain') });
	});
});

describe('curl', () => {
	const commandWith = (text: string): string => {
		const [command, ...others] = commands.filter((one) => one.startsWith('curl') && one.includes(text));
		if (!command || others.length > 0) throw new Error(`not one command with ${text}`);
		return command.replace('curl', 'curl -sS').replace('<url>', devnet.url);
	};

	it('has a test for each of them', () => {
		const tested = ['devnet_fund', '"drop"', '"http"', 'Receipt', 'ByHash', 'eth_call'].map(commandWith);
		expect(new Set(tested).size).toBe(commands.filter((command) => command.startsWith('curl')).length);
	});

	it('gives test money, again and again', async () => {
		const { address } = accountOf();
		const command = commandWith('devnet_fund').replace('<address>', address);
		for (const times of [1n, 2n]) {
			expect(JSON.parse(await run(command))).toEqual({
				jsonrpc: '2.0',
				id: 1,
				result: null,
			});
			expect(BigInt(await devnet.request<string>('eth_getBalance', [address, 'latest']))).toBe(times * parseEther('1'));
			for (const token of Object.values(devnet.tokens))
				expect(await balanceOf(devnet.request, token, address)).toBe(times * parseUnits('1000', token.decimals));
		}
	});

	it('says what is wrong with an address', async () => {
		const answer = await run(commandWith('devnet_fund'));
		expect(JSON.parse(answer)).toMatchObject({ error: { message: expect.stringContaining('<address>') as string } });
	});

	it.each([
		['"drop"', { kind: 'drop', match: ['eth_sendUserOperation'], times: 1 }],
		['"http"', { kind: 'http', status: 503 }],
	])('sets a fault: %s', async (text, fault) => {
		await run(commandWith(text));
		expect(await devnet.faults.list()).toEqual([expect.objectContaining(fault)]);
	});

	it('shows what became of an operation, what was in it, and why its calls fail', async () => {
		const account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 5n) }] });
		const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [accountOf().address, 5n] });
		const call = { target: devnet.tokens.usd6.address, value: 0n, data };
		const { success, userOperationHash } = await account.asKey([call]);
		expect(success).toBe(true);
		let callData = '';
		const ask = async (text: string): Promise<{ result?: Record<string, unknown>; error?: { data?: string } }> => {
			const typed = commandWith(text).replace('<hash>', userOperationHash).replace('<account>', account.address);
			return JSON.parse(await run(typed.replace('<callData>', callData))) as never;
		};
		expect((await ask('Receipt')).result).toMatchObject({ success: true, userOpHash: userOperationHash });
		const operation = (await ask('ByHash')).result?.userOperation as { sender: string; callData: string };
		expect(operation.sender).toBe(account.address);
		callData = operation.callData;
		// The budget is used up: the same calls would be refused now, and the reason names key and token.
		const { error } = await ask('eth_call');
		expect(error?.data).toContain(account.keys[0]!.address.slice(2).toLowerCase());
		expect(error?.data).toContain(call.target.slice(2).toLowerCase());
	});
});
