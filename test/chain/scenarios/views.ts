import {
	decodeFunctionResult,
	encodeFunctionData,
	erc20Abi,
	maxUint256,
	slice,
	type Abi,
	type Address,
	type Hex,
} from 'viem';
import { pluginAbi } from './abis';
import { describeError } from './decode';
import { FIRST, LIST_TYPES, relativeTime, selector } from './encode';
import type { Scenario, State } from './format';
import type { Scene } from './scene';

/** One view and how its answer is shown. */
interface View {
	path: string;
	to: Address;
	data: Hex;
	/** Undefined: as always, nothing to show. */
	show(result: Hex): unknown;
}

interface Limit {
	hasLimit: boolean;
	limit: bigint;
	limitUsed: bigint;
	refreshInterval: number;
	lastUsedTime: number;
}

/** The names that a scenario's steps mention. */
interface Mentioned {
	keys: string[];
	recipients: string[];
	tokens: string[];
	/** Addresses that could stand on a list. */
	entries: string[];
	/** Functions that could stand on a list: an address and a function name. */
	functions: Array<[address: string, name: string]>;
}

/** Reads all views that could matter to a scenario, in one call. */
export class Views {
	private readonly views: View[];
	private readonly mentioned: Mentioned;
	private readonly call: Hex;
	/** Few answers change from step to step, and decoding is slow. */
	private readonly shown = new Map<string, unknown>();

	constructor(
		private readonly scene: Scene,
		scenario: Scenario,
	) {
		this.mentioned = mentionedIn(scenario);
		const { keys } = this.mentioned;
		this.views = [keyListView(scene), ...keys.flatMap((key) => keyViews(scene, key, this.mentioned))];
		this.views.push(...tokenViews(scene, this.mentioned.recipients), balancesView(scene, this.mentioned.recipients));
		const args = [this.views.map(({ to }) => to), this.views.map(({ data }) => data)];
		this.call = encodeFunctionData({ abi: scene.lab.lens.abi, functionName: 'read', args });
	}

	/** What the views say now, which must be at this Unix time. */
	async read(time: number): Promise<State> {
		const { node, lens } = this.scene.lab;
		const { data } = await node.call(lens.address, this.call);
		const answer = decodeFunctionResult({ abi: lens.abi, functionName: 'read', data });
		const [now, ok, results] = answer as [bigint, boolean[], Hex[]];
		if (Number(now) !== time) throw new Error(`the clock says ${now} instead of ${time}: something else mines blocks`);

		const entries = this.views.map((view, i) => [view.path, this.show(view, ok[i]!, results[i]!)] as const);
		const { eth, ...state } = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
		return this.withoutUnknownKeys({ ...state, ...(eth as State) });
	}

	private show(view: View, ok: boolean, result: Hex): unknown {
		const id = `${view.path} ${result}`;
		if (!this.shown.has(id)) this.shown.set(id, ok ? view.show(result) : describeError(this.scene.cast, result));
		return this.shown.get(id);
	}

	/** Every getter refuses an unknown key in the same way: one line instead of many. */
	private withoutUnknownKeys(state: State): State {
		for (const key of this.mentioned.keys) {
			if (state[`${key}.predecessor`] === `SessionKeyNotFound(${key})`)
				state[`${key}.predecessor`] = 'SessionKeyNotFound';
			const getters = this.views.map(({ path }) => path).filter((path) => isGetter(path, key));
			if (getters.every((path) => state[path] === `InvalidSessionKey(${key})`)) {
				for (const path of getters) delete state[path];
				state[`${key}.getters`] = 'InvalidSessionKey';
			}
		}
		return state;
	}
}

function isGetter(path: string, key: string): boolean {
	return path.startsWith(`${key}.`) && !/\.(isSessionKeyOf|predecessor)$/.test(path);
}

function mentionedIn({ steps }: Scenario): Mentioned {
	const text = JSON.stringify(steps, (name, value: unknown) => (name === 'expect' ? undefined : value));
	const all = (pattern: RegExp): string[][] => [...text.matchAll(pattern)].map((match) => match.slice(1));
	const names = (pattern: RegExp): string[] => all(pattern).map(([name]) => name!);
	const unique = (list: string[]): string[] => [...new Set(list)].sort();

	const limited = names(/"setERC20SpendLimit","(\w+)"/g);
	const functions = all(/"updateAccessListFunctionEntry","(\w+)","(\w+)"/g) as Mentioned['functions'];
	return {
		keys: unique(names(/"(key[A-Z])"/g)),
		recipients: unique(names(/"(recipient\d+)"/g)),
		tokens: unique(['token', ...limited]),
		entries: unique([
			...limited,
			...functions.map(([address]) => address),
			...names(/"updateAccessListAddressEntry","(\w+)"/g),
			...names(/"to":"(recipient\d+|token2?|target)"/g),
		]),
		functions: [...new Map(functions.map((entry) => [entry.join(), entry])).values()],
	};
}

function view<T>(
	path: string,
	to: Address,
	abi: Abi,
	functionName: string,
	args: unknown[],
	show: (value: T) => unknown,
): View {
	return {
		path,
		to,
		data: encodeFunctionData({ abi, functionName, args }),
		show: (data) => show(decodeFunctionResult({ abi, functionName, args, data }) as T),
	};
}

function keyListView({ cast }: Scene): View {
	const args = [cast.address('account')];
	return view<Address[]>('sessionKeysOf', cast.address('plugin'), pluginAbi, 'sessionKeysOf', args, (keys) =>
		keys.length ? keys.map((key) => cast.nameOf(key)) : undefined,
	);
}

function keyViews(scene: Scene, key: string, { tokens, entries, functions }: Mentioned): View[] {
	const { cast } = scene;
	const of = <T>(path: string, functionName: string, show: (value: T) => unknown, ...more: unknown[]): View => {
		const args = [cast.address('account'), cast.address(key), ...more];
		return view<T>(`${key}.${path}`, cast.address('plugin'), pluginAbi, functionName, args, show);
	};
	const orNothing = (value: boolean): true | undefined => value || undefined;
	return [
		of('isSessionKeyOf', 'isSessionKeyOf', orNothing),
		of<Hex>('predecessor', 'findPredecessor', (entry) =>
			entry === FIRST ? 'first' : cast.nameOf(slice(entry, 0, 20)),
		),
		of<number>('listType', 'getAccessControlType', (type) => LIST_TYPES[type]),
		...entries.map((name) => of(`entry.${name}`, 'getAccessControlEntry', showEntry, cast.address(name))),
		...functions.map(([name, fn]) =>
			of(`function.${name}.${fn}`, 'isSelectorOnAccessControlList', orNothing, cast.address(name), selector(fn)),
		),
		of<[number, number]>('timeRange', 'getKeyTimeRange', (range) =>
			range.some(Boolean) ? range.map((time) => relativeTime(scene, time)) : undefined,
		),
		of<Limit>('native', 'getNativeTokenSpendLimitInfo', (limit) => showLimit(scene, limit)),
		...tokens.map((name) =>
			of<Limit>(
				`erc20.${name}`,
				'getERC20SpendLimitInfo',
				(limit) => (isUntouched(limit) ? undefined : showLimit(scene, limit)),
				cast.address(name),
			),
		),
		of<[Limit, boolean]>('gas', 'getGasSpendLimit', ([limit, shouldReset]) =>
			isUntouched(limit) && !shouldReset
				? undefined
				: { ...showLimit(scene, limit), ...(shouldReset ? { shouldReset } : {}) },
		),
		of<Address>('paymaster', 'getRequiredPaymaster', (address) =>
			BigInt(address) === 0n ? undefined : cast.nameOf(address),
		),
	];
}

function showEntry([isOnList, checkSelectors]: [boolean, boolean]): string | undefined {
	if (!isOnList && !checkSelectors) return undefined;
	return `${isOnList ? 'on' : 'off'}${checkSelectors ? ', check selectors' : ''}`;
}

function showLimit(scene: Scene, { hasLimit, limit, limitUsed, refreshInterval, lastUsedTime }: Limit): State {
	return {
		...(hasLimit ? {} : { has: false }),
		limit: limit === maxUint256 ? 'max' : String(limit),
		used: String(limitUsed),
		every: refreshInterval,
		last: relativeTime(scene, lastUsedTime),
	};
}

function isUntouched({ hasLimit, limit, limitUsed, refreshInterval, lastUsedTime }: Limit): boolean {
	return !hasLimit && limit === 0n && limitUsed === 0n && refreshInterval === 0 && lastUsedTime === 0;
}

function tokenViews({ cast }: Scene, recipients: string[]): View[] {
	return ['token', 'token2'].flatMap((token) =>
		['account', ...recipients].map((who) =>
			view<bigint>(`${who}.${token}`, cast.address(token), erc20Abi, 'balanceOf', [cast.address(who)], (balance) =>
				balance === 0n ? undefined : String(balance),
			),
		),
	);
}

/** The account's own ETH is left out: it depends on gas. */
function balancesView({ cast, lab }: Scene, recipients: string[]): View {
	const { address, abi } = lab.lens;
	const args = [recipients.map((name) => cast.address(name))];
	return view<bigint[]>('eth', address, abi, 'balances', args, (balances) => {
		const entries = recipients.map((name, i) => [`${name}.eth`, balances[i]!] as const);
		return Object.fromEntries(entries.filter(([, wei]) => wei > 0n).map(([path, wei]) => [path, String(wei)]));
	});
}
