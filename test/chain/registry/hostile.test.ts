import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { join } from 'node:path';
import { decodeFunctionResult, encodeFunctionData, parseAbi, type Abi, type Address, type Hex } from 'viem';
import { entryPoint06Abi } from 'viem/account-abstraction';
import { REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { pay } from '../../../core/payment/pay';
import { transferRequest } from '../../../core/payment/check/paymentRequest';
import { hashReference } from '../../../core/registry/referenceRegistry';
import { fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../../devnet';
import { compileFolder, type Artifact } from '../../../devnet/contracts/compile';
import { deployContract, transact } from '../../../devnet/contracts/deploy';
import { executeWithSessionKey } from '../../../devnet/accounts';
import { includeOperations, type Operation } from '../../../devnet/operations';
import { freshAddress, payerWith, payOptions } from '../../support/payer';
import { connect } from '../support/devnet';
import { AMOUNT, byKey, claim, freshReference, transfer } from './paying';
import { claimData, headOf, isClaimed } from './registry';

jest.setTimeout(120_000);

const HELD = 1_000_000_000n;
const ANSWERS = ['true', 'false', 'nothing', 'revert'] as const;

let devnet: DevnetClient;
let artifact: Artifact;
let claimerArtifact: Artifact;
let token: Address;
let account: SmartAccount;
let to: Address;
let reference: Hex;

beforeAll(async () => {
	devnet = await connect();
	const { HostileToken, Claimer } = await compileFolder(join(__dirname));
	artifact = HostileToken!;
	claimerArtifact = Claimer!;
});

beforeEach(async () => {
	token = await deployContract(devnet.request, artifact, [], { from: devnet.operator });
	const permissions = tokenBudget({ address: token }, HELD).addContractAddressAccessEntry({
		contractAddress: token,
		isOnList: true,
		checkSelectors: false,
	});
	account = await fundedAccount(devnet, { keys: [{ permissions }] });
	await tell('mint', [account.address, HELD]);
	to = freshAddress();
	reference = freshReference();
});

const tell = (functionName: string, args: readonly unknown[]) =>
	transact(devnet.request, {
		from: devnet.operator,
		to: token,
		data: encodeFunctionData({ abi: artifact.abi, functionName, args }),
	});

async function ask<T>(functionName: string, args: readonly unknown[] = []): Promise<T> {
	const abi = artifact.abi as Abi;
	const data = encodeFunctionData({ abi, functionName, args });
	return decodeFunctionResult({
		abi,
		functionName,
		data: await devnet.request<Hex>('eth_call', [{ to: token, data }, 'latest']),
	}) as T;
}

const received = () => ask<bigint>('balanceOf', [to]);
const key = () => account.keys[0]!;
const SMALL = { callGasLimit: 300_000n, verificationGasLimit: 200_000n, preVerificationGas: 0n };
const ROOMY = { callGasLimit: 11_000_000n };
const payment = (parts = ROOMY) => byKey(devnet, account, key(), [claim(reference), transfer(token, to)], parts);

interface Attack {
	target: Address;
	data: Hex;
}

/** Every door there is, with a second payment of the same reference that is validly signed. */
async function attacks(second: Operation): Promise<Record<string, Attack>> {
	const abi = SessionKeyPluginExecutionFunctionAbi;
	const again = [claim(reference), transfer(token, to)];
	const handleOps = (operation: Operation): Attack => ({
		target: devnet.contracts.EntryPoint,
		data: encodeFunctionData({
			abi: entryPoint06Abi,
			functionName: 'handleOps',
			args: [[{ initCode: '0x' as const, paymasterAndData: '0x' as const, ...operation }], token],
		}),
	});
	return {
		registry: { target: REFERENCE_REGISTRY, data: claimData(reference) },
		'registry again': { target: REFERENCE_REGISTRY, data: claimData(reference) },
		account: { target: account.address, data: executeWithSessionKey(again, key().address) },
		'account, directly': {
			target: account.address,
			data: encodeFunctionData({
				abi: parseAbi(['function execute(address target, uint256 value, bytes data) payable']),
				functionName: 'execute',
				args: [token, 0n, again[1]!.data],
			}),
		},
		'account’s permissions': {
			target: account.address,
			data: encodeFunctionData({ abi, functionName: 'updateKeyPermissions', args: [key().address, []] }),
		},
		plugin: { target: devnet.contracts.SessionKeyPlugin, data: executeWithSessionKey(again, key().address) },
		handleOps: handleOps(second),
		'handleOps, other reference': handleOps(
			await byKey(devnet, account, key(), [claim(freshReference()), transfer(token, to)], SMALL),
		),
	};
}

describe.each(['token', 'target'] as const)('a hostile %s that is being paid', (role) => {
	it.each(ANSWERS)(
		'and answers %s gets no second payment, and leaves the account’s references alone',
		async (answer) => {
			const second = await payment(SMALL);
			const planned = await attacks(second);
			await tell('prepare', [Object.values(planned), ANSWERS.indexOf(answer)]);
			const operation =
				role === 'token'
					? payment()
					: byKey(devnet, account, key(), [claim(reference), { target: token, value: 0n, data: '0x12345678' }], ROOMY);
			const [included] = await includeOperations(devnet, [await operation]);
			const isUndone = role === 'token' && answer === 'revert';
			expect(included!.success).toBe(!isUndone);
			expect(await isClaimed(devnet.request, account.address, reference)).toBe(!isUndone);
			expect(await headOf(devnet.request, account.address)).toMatchObject({ count: isUndone ? 0n : 1n });
			const moves = role === 'token' && (answer === 'true' || answer === 'nothing');
			expect(await received()).toBe(moves ? AMOUNT : 0n);
			expect(await ask<bigint>('rounds')).toBe(isUndone ? 0n : 1n);
			if (isUndone) return;
			// It may claim for itself, once, as anybody may: all else it tried was refused.
			const outcomes = await ask<boolean[]>('lastOutcomes');
			expect(Object.fromEntries(Object.keys(planned).map((name, index) => [name, outcomes[index]]))).toEqual({
				...Object.fromEntries(Object.keys(planned).map((name) => [name, false])),
				registry: true,
			});
			expect(await headOf(devnet.request, token)).toMatchObject({ count: 1n });
			// What it handed in was good: by itself it gets as far as the claim.
			await tell('prepare', [[], ANSWERS.indexOf('true')]);
			const [late] = await includeOperations(devnet, [second]);
			expect(late).toMatchObject({ success: false, revertReason: expect.stringContaining(reference.slice(2)) });
			expect(await received()).toBe(moves ? AMOUNT : 0n);
		},
	);
});

describe('a token that', () => {
	const order = () => transferRequest([{ to, amount: '0.25', token }]);
	const payer = () => payerWith(devnet, account.address, key().privateKey);

	it('answers false and moves nothing is not paid; where it was, nothing is said to be paid', async () => {
		await tell('prepare', [[], ANSWERS.indexOf('false')]);
		await expect(pay(payer(), order(), payOptions('told'))).rejects.toThrow('would not make the transfer');
		reference = hashReference('told');
		expect(await isClaimed(devnet.request, account.address, reference)).toBe(false);
		expect(await includeOperations(devnet, [await payment()])).toMatchObject([{ success: true }]);
		expect(await isClaimed(devnet.request, account.address, reference)).toBe(true);
		await tell('prepare', [[], ANSWERS.indexOf('true')]);
		expect(await pay(payer(), order(), payOptions('told'))).toMatchObject({ status: 'notTransferred' });
		expect(await received()).toBe(0n);
	});

	it('answers nothing and moves the money is paid, once', async () => {
		await tell('prepare', [[], ANSWERS.indexOf('nothing')]);
		expect(await pay(payer(), order(), payOptions('told'))).toMatchObject({ status: 'paid' });
		expect(await pay(payer(), order(), payOptions('told'))).toMatchObject({ status: 'alreadyPaid' });
		expect(await received()).toBe(AMOUNT);
	});

	it('reverts leaves the reference free, and it is paid once the token lets it', async () => {
		await tell('prepare', [[], ANSWERS.indexOf('revert')]);
		expect(await includeOperations(devnet, [await payment()])).toMatchObject([{ success: false }]);
		expect(await isClaimed(devnet.request, account.address, reference)).toBe(false);
		await tell('prepare', [[], ANSWERS.indexOf('true')]);
		expect(await includeOperations(devnet, [await payment()])).toMatchObject([{ success: true }]);
		expect(await received()).toBe(AMOUNT);
	});
});

it('whoever runs the registry’s code in its own storage leaves the registry as it was', async () => {
	const claimer = await deployContract(devnet.request, claimerArtifact, [], { from: devnet.operator });
	const data = encodeFunctionData({
		abi: claimerArtifact.abi,
		functionName: 'claimByDelegation',
		args: [REFERENCE_REGISTRY, reference],
	});
	await transact(devnet.request, { from: devnet.operator, to: claimer, data });
	for (const one of [claimer, devnet.operator, account.address]) {
		expect(await isClaimed(devnet.request, one, reference)).toBe(false);
	}
	expect(await includeOperations(devnet, [await payment()])).toMatchObject([{ success: true }]);
});
