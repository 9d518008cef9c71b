import { MultiOwnerModularAccountFactoryAbi as factoryAbi } from '@alchemy/aa-accounts';
import {
	concat,
	decodeFunctionResult,
	encodeAbiParameters,
	encodeFunctionData,
	getAddress,
	keccak256,
	maxUint256,
	numberToHex,
	pad,
	parseAbi,
	parseEther,
	parseEventLogs,
	slice,
	stringToHex,
	toFunctionSelector,
	type Address,
	type Hex,
} from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import { nativeTransfer, type Call } from '../../../core/calls';
import { ENTRY_POINT, MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN } from '../../../core/contracts';
import { customNetwork, type Network } from '../../../core/networks';
import type { CheckState, GasPlan } from '../../../core/payment/check/check';
import { checkReads, toCheckState } from '../../../core/payment/check/checkReads';
import { encodeSessionKeyCalls } from '../../../core/plugin/sessionKeyCalls';
import { callRequest } from '../../../core/payment/check/paymentRequest';
import type { Payer } from '../../../core/payment/send/payment';
import { executionRead, type Execution } from '../../../core/payment/send/simulate';
import { read } from '../../../core/rpc/read';
import { createRpc, type Post, type Rpc } from '../../../core/rpc/rpc';
import { hashUserOperation, nonceRead, type UserOperation } from '../../../core/userOperation/userOperation';
import { BUNDLER, strictBundler } from './strictBundler';
import { accountAbi, entryPointAbi, pluginAbi, updatesAbi } from '../scenarios/abis';
import { SENDER, type Lab } from '../scenarios/lab';
import {
	SIGNATURES,
	type CallSpec,
	type FunctionName,
	type Money,
	type Payment,
	type Place,
	type Triple,
	type Update,
} from './triple';

const FACTORY = '0x000000e92D78D90000007F0082006FDA09BD5f11';
const labAbi = parseAbi([
	'function mint(address to, uint256 value)',
	'function transfer(address to, uint256 value)',
	'function approve(address spender, uint256 value)',
	'function transferFrom(address from, address to, uint256 value)',
	'function increaseAllowance(address spender, uint256 value)',
	'function hit()',
	'function fail()',
	'function failStr()',
]);

/** Gas is generous: gas used must never decide. 1 gwei for each unit. */
const GAS = { callGasLimit: 1_000_000n, verificationGasLimit: 800_000n, preVerificationGas: 100_000n };
const MAX_FEE = 1_000_000_000n;
/** The most that an operation without a paymaster may cost. */
export const COST = (GAS.callGasLimit + GAS.verificationGasLimit + GAS.preVerificationGas) * MAX_FEE;

const PLENTY = parseEther('10');
const TOKENS = 10n ** 12n;
/** token2 is scarce, so that a balance bites too. */
const SCARCE = 100n;

const RECIPIENT = getAddress('0x00000000000000000000000000000000000c0de1');

/** What became of a payment on the chain. */
export interface Outcome {
	paid: boolean;
	phase: 'paid' | 'validation' | 'execution';
}

/** A chain with accounts that are ready, one for each kind; every triple begins from the same block. */
export class World {
	readonly network: Network;
	private readonly rpc: Rpc;
	/** Whoever asks it has a bundler too. */
	readonly rpcWithBundler: Rpc;
	private snapshot: unknown;
	private base = 0;

	private constructor(
		private readonly lab: Lab,
		url: string,
		private readonly owner: Address,
		private readonly accounts: Record<Triple['account'], { address: Address; create: Hex }>,
	) {
		this.network = customNetwork(lab.chainId, 'ETH');
		const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
		this.rpc = createRpc({ chainUrl: url, post: postJson, sleep });
		const bundler = strictBundler(lab.chainId, this.rpc);
		const post: Post = (to, body, ms) => (to === BUNDLER ? bundler(body as never) : postJson(to, body, ms));
		this.rpcWithBundler = createRpc({ chainUrl: url, bundlerUrl: BUNDLER, post, sleep });
	}

	/** Sets up the accounts. */
	static async create(lab: Lab, url: string): Promise<World> {
		const owner = getAddress(slice(keccak256(stringToHex(`${lab.runId} owner`)), 12));
		await lab.node.impersonate(owner);
		await lab.node.setBalance(owner, parseEther('1000'));
		const accountOf = async (salt: bigint) => {
			const args = [salt, [owner]] as const;
			const asked = encodeFunctionData({ abi: factoryAbi, functionName: 'getAddress', args });
			const { data } = await lab.node.call(FACTORY, asked);
			return {
				address: decodeFunctionResult({ abi: factoryAbi, functionName: 'getAddress', data }),
				create: encodeFunctionData({ abi: factoryAbi, functionName: 'createAccount', args }),
			};
		};
		const salt = BigInt(lab.runId) >> 16n;
		const ready = await accountOf(salt);
		const withoutPlugin = await accountOf(salt + 1n);
		const missing = await accountOf(salt + 2n);
		const world = new World(lab, url, owner, { ready, withoutPlugin, missing });
		await world.send(SENDER, FACTORY, ready.create);
		await world.send(SENDER, FACTORY, withoutPlugin.create);
		await world.installPlugin(ready.address);
		for (const { address } of [ready, withoutPlugin, missing]) {
			await lab.node.setBalance(address, PLENTY);
			await world.mint('token', address, TOKENS);
			await world.mint('token2', address, SCARCE);
		}
		world.snapshot = await lab.node.request('evm_snapshot');
		world.base = await lab.node.now();
		return world;
	}

	/** Begins a triple from the same block as all others. */
	async begin(triple: Triple, name: string): Promise<Run> {
		const { node } = this.lab;
		await node.request('evm_revert', [this.snapshot]);
		this.snapshot = await node.request('evm_snapshot');
		const key = privateKeyToAccount(keccak256(stringToHex(`${this.lab.runId} ${name}`)));
		const account = this.accounts[triple.account];
		return new Run(this, this.lab, this.rpc, key, this.owner, account.address, account.create, this.base + 10);
	}

	async send(from: Address, to: Address, data: Hex, value = 0n): Promise<void> {
		const { status } = await this.lab.node.send({ from, to, data, value });
		if (status !== '0x1') throw new Error(`a transaction of the test did not go through: ${data.slice(0, 10)}`);
	}

	async mint(token: 'token' | 'token2', to: Address, value: bigint): Promise<void> {
		const data = encodeFunctionData({ abi: labAbi, functionName: 'mint', args: [to, value] });
		await this.send(SENDER, this.lab.contracts[token] as Address, data);
	}

	/** The owner's plain transaction. */
	async installPlugin(account: Address, at?: number): Promise<void> {
		const nothing = encodeAbiParameters(
			[{ type: 'address[]' }, { type: 'bytes32[]' }, { type: 'bytes[][]' }],
			[[], [], []],
		);
		const dependencies = [0, 1].map((id) => concat([MULTI_OWNER_PLUGIN, numberToHex(id, { size: 1 })]));
		const args = [SESSION_KEY_PLUGIN, this.lab.manifestHash, nothing, dependencies] as const;
		const data = encodeFunctionData({ abi: accountAbi, functionName: 'installPlugin', args });
		if (at === undefined) return this.send(this.owner, account, data);
		await this.lab.node.transactAt(at, { from: this.owner, to: account, data });
	}

	address(place: Place | 'paymaster' | 'paymaster2', account: Address): Address {
		if (place === 'account') return account;
		if (place === 'recipient') return RECIPIENT;
		return this.lab.contracts[place] as Address;
	}
}

/** The selector of a function that a triple speaks of. */
export function selectorFor(fn: FunctionName): Hex {
	return SIGNATURES[fn] ? toFunctionSelector(SIGNATURES[fn]) : '0x00000000';
}

/** One triple on the chain. Every transaction is in a block of its own, at a time of its own. */
export class Run {
	/** Unix time of the newest block. */
	private latest: number;
	private readonly lanes = 7n;

	constructor(
		readonly world: World,
		private readonly lab: Lab,
		private readonly rpc: Rpc,
		private readonly key: PrivateKeyAccount,
		private readonly owner: Address,
		readonly account: Address,
		private readonly createAccount: Hex,
		/** Unix time of second 0. */
		readonly start: number,
	) {
		this.latest = start - 1;
	}

	/** The first free second at or after a moment of the triple. */
	timeFor(at: number): number {
		return Math.max(this.start + at, this.latest + 1);
	}

	/** Seconds after the start as unix time; null is not set. */
	private absolute(time: number | null): number {
		if (time === null) return 0;
		return time === 2 ** 48 - 1 ? time : this.start + time;
	}

	private async transact(time: number, from: Address, to: Address, data: Hex, value = 0n) {
		this.latest = time;
		return this.lab.node.transactAt(time, { from, to, data, value });
	}

	/** A transaction of the test's own making, which must go through. */
	private async mustTransact(from: Address, to: Address, data: Hex, value = 0n, time = this.latest + 1): Promise<void> {
		const { status } = await this.transact(time, from, to, data, value);
		if (status !== '0x1') throw new Error(`the owner's transaction did not go through: ${data.slice(0, 10)}`);
	}

	async create(): Promise<void> {
		await this.mustTransact(SENDER, FACTORY, this.createAccount);
	}

	async install(): Promise<void> {
		this.latest += 1;
		await this.world.installPlugin(this.account, this.latest);
	}

	async addKey(updates: readonly Update[], time = this.latest + 1): Promise<void> {
		const args = [this.key.address, pad('0x01', { size: 32 }), this.encode(updates)] as const;
		const data = encodeFunctionData({ abi: pluginAbi, functionName: 'addSessionKey', args });
		await this.mustTransact(this.owner, this.account, data, 0n, time);
	}

	async update(updates: readonly Update[]): Promise<void> {
		const args = [this.key.address, this.encode(updates)] as const;
		const data = encodeFunctionData({ abi: pluginAbi, functionName: 'updateKeyPermissions', args });
		await this.mustTransact(this.owner, this.account, data);
	}

	async resetGasLimit(): Promise<void> {
		const args = [this.account, this.key.address] as const;
		const data = encodeFunctionData({ abi: pluginAbi, functionName: 'resetSessionKeyGasLimitTimestamp', args });
		await this.mustTransact(SENDER, SESSION_KEY_PLUGIN, data);
	}

	async mint(token: Address, units: bigint): Promise<void> {
		const data = encodeFunctionData({ abi: labAbi, functionName: 'mint', args: [this.account, units] });
		await this.mustTransact(SENDER, token, data);
	}

	async setBalance(wei: bigint): Promise<void> {
		await this.lab.node.setBalance(this.account, wei);
	}

	/** Gives the account its money for a payment: exactly what it needs, or a little more or less, or plenty. */
	async provide({ balance, deposit }: Money, payment: Payment): Promise<void> {
		const deposits = { none: 0n, short: COST - 1n, whole: COST, plenty: COST * 10n };
		const wei = deposits[deposit];
		if (wei > 0n) {
			const data = encodeFunctionData({ abi: entryPointAbi, functionName: 'depositTo', args: [this.account] });
			await this.mustTransact(SENDER, ENTRY_POINT, data, wei);
		}
		if (balance === 'plenty') return;
		const has = await this.depositNow();
		const forGas = payment.paymaster || has >= COST ? 0n : COST - has;
		const sum = this.toCalls(payment).reduce((total, { value }) => total + value, 0n);
		const exactly = forGas + sum;
		if (exactly >= 2n ** 128n) return;
		const wanted = balance === 'none' ? 0n : exactly + BigInt(balance);
		await this.setBalance(wanted < 0n ? 0n : wanted);
	}

	private async depositNow(): Promise<bigint> {
		const data = encodeFunctionData({ abi: entryPointAbi, functionName: 'balanceOf', args: [this.account] });
		return BigInt((await this.lab.node.call(ENTRY_POINT, data)).data);
	}

	encode(updates: readonly Update[]): Hex[] {
		return updates.map((update) => encodeFunctionData({ abi: updatesAbi, ...this.updateCall(update) } as never));
	}

	private updateCall(update: Update) {
		const address = (place: Place | 'paymaster' | 'paymaster2') => this.world.address(place, this.account);
		switch (update.set) {
			case 'listType':
				return { functionName: 'setAccessListType', args: [update.type] };
			case 'entry': {
				const args = [address(update.place), update.onList, update.checkSelectors];
				return { functionName: 'updateAccessListAddressEntry', args };
			}
			case 'function': {
				const args = [address(update.place), selectorFor(update.fn), update.onList];
				return { functionName: 'updateAccessListFunctionEntry', args };
			}
			case 'timeRange': {
				const args = [this.absolute(update.after), this.absolute(update.until)];
				return { functionName: 'updateTimeRange', args };
			}
			case 'native':
				return { functionName: 'setNativeTokenSpendLimit', args: [update.limit, update.interval] };
			case 'token': {
				const args = [address(update.place), update.limit, update.interval];
				return { functionName: 'setERC20SpendLimit', args };
			}
			case 'gas': {
				const wei = BigInt(update.operations) * COST + BigInt(update.wei);
				return { functionName: 'setGasSpendLimit', args: [wei, update.interval] };
			}
			case 'paymaster': {
				const paymaster = update.paymaster ? address(update.paymaster) : pad('0x00', { size: 20 });
				return { functionName: 'setRequiredPaymaster', args: [paymaster] };
			}
		}
	}

	toCalls({ calls }: Payment): Call[] {
		return calls.map((call) => this.toCall(call));
	}

	private toCall(call: CallSpec): Call {
		const { world, account } = this;
		const recipient = world.address('recipient', account);
		const on = (place: Place, value: bigint, data: Hex): Call => ({
			target: world.address(place, account),
			value,
			data,
		});
		const encoded = (functionName: string, args: readonly unknown[] = []) =>
			encodeFunctionData({ abi: labAbi, functionName, args } as never);
		switch (call.call) {
			case 'pay':
				return nativeTransfer(world.address(call.to, account), call.wei);
			case 'token': {
				// Adding to an allowance that is as high as can be would overflow in the token: that is the token's matter.
				const units = call.fn === 'increaseAllowance' ? 0n : call.units;
				return on(call.token, 0n, encoded(call.fn, [recipient, units]));
			}
			case 'transferNothingFrom':
				return on(call.token, 0n, encoded('transferFrom', [account, recipient, 0n]));
			case 'hit':
				return on('target', call.wei, encoded('hit'));
			case 'refused':
				if (call.how === 'plain') return on('target', 0n, '0x');
				if (call.how === 'cut') return on('token', 0n, slice(encoded('transfer', [recipient, 5n]), 0, 67));
				return on('target', 0n, encoded(call.how));
		}
	}

	gasFor({ paymaster }: Payment): GasPlan {
		const given = paymaster ? { paymaster: this.world.address(paymaster, this.account) } : {};
		return { ...GAS, maxFeePerGas: MAX_FEE, ...given };
	}

	nonceKeyFor({ ownLane }: Payment): bigint {
		return ownLane ? BigInt(this.key.address) : this.lanes;
	}

	/** Reads what the check reads, in its own batch, and asks it about a time. */
	async state(payment: Payment, now: number): Promise<CheckState> {
		const request = callRequest(this.toCalls(payment));
		const { account } = this;
		const answers = await read(this.rpc, checkReads(account, this.key.address, request));
		return toCheckState(this.world.network, account, this.key.address, request, answers, now);
	}

	/** Carries the calls out in an eth_call whose clock shows the time of the payment, as on a chain that is used. */
	async simulate(payment: Payment, now: number): Promise<Execution> {
		const asked = executionRead(this.account, this.key.address, this.toCalls(payment));
		const execution = { ...asked, params: [...asked.params, {}, { time: numberToHex(now) }] };
		return (await read(this.rpc, { execution })).execution;
	}

	/** The payer that the key is, where somebody estimates. */
	payer(): Payer {
		const { rpcWithBundler: rpc, network } = this.world;
		const sign = (raw: Hex) => this.key.signMessage({ message: { raw } });
		return { rpc, network, account: this.account, key: this.key.address, sign };
	}

	/** What would become of it, without leaving a trace. */
	async tryOut(payment: Payment, time: number, gas: GasPlan): Promise<Outcome> {
		const { latest } = this;
		const snapshot = await this.lab.node.request('evm_snapshot');
		const outcome = await this.send(payment, time, gas);
		await this.lab.node.request('evm_revert', [snapshot]);
		this.latest = latest;
		return outcome;
	}

	/** Signs the operation and gives it to the EntryPoint in a block of this time. */
	async send(payment: Payment, time: number, gas = this.gasFor(payment)): Promise<Outcome> {
		const { account, key } = this;
		const { maxFeePerGas, callGasLimit, verificationGasLimit, preVerificationGas } = gas;
		const { nonce } = await read(this.rpc, { nonce: nonceRead(account, this.nonceKeyFor(payment)) });
		const op: UserOperation = {
			sender: account,
			nonce,
			initCode: '0x',
			callData: encodeSessionKeyCalls(this.toCalls(payment), key.address),
			callGasLimit,
			verificationGasLimit,
			preVerificationGas,
			maxFeePerGas,
			maxPriorityFeePerGas: maxFeePerGas,
			paymasterAndData: gas.paymaster ?? '0x',
			signature: '0x',
		};
		const raw = hashUserOperation(op, this.lab.chainId);
		const whole = { ...op, signature: await key.signMessage({ message: { raw } }) };
		const data = encodeFunctionData({ abi: entryPointAbi, functionName: 'handleOps', args: [[whole], SENDER] });
		const { status, logs } = await this.transact(time, SENDER, ENTRY_POINT, data);
		if (status !== '0x1') return { paid: false, phase: 'validation' };
		const [event] = parseEventLogs({ abi: entryPointAbi, eventName: 'UserOperationEvent', logs: logs as never });
		const paid = (event as unknown as { args: { success: boolean } }).args.success;
		return { paid, phase: paid ? 'paid' : 'execution' };
	}
}

/** Removes a limit. */
export const NO_LIMIT = maxUint256;

const postJson: Post = async (url, body) => {
	const reply = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	return { status: reply.status, headers: {}, body: await reply.json() };
};
