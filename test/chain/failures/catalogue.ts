import type { Address } from 'viem';
import type { DevnetClient } from '../../../devnet/client';
import type { SdkOutcome, SendOutcome } from './bundlerOutcome';
import type { FailureCase } from './cases';
import type { ChainOutcome } from './chainOutcome';
import catalogue from './failure-catalogue.json';

/** A case with what was measured on the deployed contracts. */
export interface Measured extends ChainOutcome {
	case: string;
	/** Where the operation fails. */
	phase: string;
	/** Null: nothing that the SDK could send. */
	viaEstimate: SdkOutcome | null;
	viaSendWithFixedGas: SendOutcome;
}

/** The measured cases. */
export const MEASURED = catalogue.cases as Measured[];

/** Who was who when it was measured. */
const MEASURED_NAMES: Readonly<Record<Address, string>> = {
	'0x6b48bc7510e083cb6b1305926ee2b7334e220500': 'account',
	'0x41cf348e5956d34b5dd91b8432178337e353301b': 'token',
	'0xdcb8f82d33b053d3c672603f39d7ecc2b7a2cf88': 'key',
	'0x17f8ce5dad5c4d7aa6d5d976d731142ff0cb1f28': 'key',
};

const NO_TIMES = [0, 2 ** 48 - 1];

/** Something measured, with names for addresses and without its times. */
export function normalMeasured(measured: unknown): unknown {
	return normal(measured, MEASURED_NAMES);
}

/** Something seen of a case here, in the same form. */
export function normalSeen(seen: unknown, devnet: DevnetClient, { account, key }: FailureCase): unknown {
	return normal(seen, {
		[account.address]: 'account',
		[devnet.tokens.usd6.address]: 'token',
		[key.address]: 'key',
	});
}

function normal(value: unknown, names: Readonly<Record<Address, string>>): unknown {
	const text = JSON.stringify(value, (name, part: unknown) => (isTime(name, part) ? 'a time' : part));
	const named = Object.entries(names).reduce(
		(all, [address, name]) => all.replaceAll(new RegExp(address.slice(2), 'gi'), `<${name}>`),
		text,
	);
	// What validateUserOp returns: validAfter, validUntil, and who vouches.
	return JSON.parse(
		named.replace(/"0x(\w{12})(\w{12})(\w{40})"/g, (_, after: string, until: string, who: string) => {
			const [start, end] = [after, until].map((time) => (BigInt(`0x${time}`) > 0n ? 'a time' : 'open'));
			return JSON.stringify({ start, end, who });
		}),
	);
}

function isTime(name: string, value: unknown): boolean {
	return (name === 'validAfter' || name === 'validUntil') && !NO_TIMES.includes(value as number);
}

/** Where an operation fails, from what the chain says and what became of it. */
export function phaseOf(chain: ChainOutcome, sent: SendOutcome): string {
	const refusal = JSON.stringify(chain.entryPointHandleOps);
	if (refusal.includes('AA22')) return 'validation (time window -> AA22)';
	if (refusal.includes('AA24')) return 'validation (sigFailed -> AA24)';
	if (typeof chain.entryPointHandleOps !== 'string') return 'validation';
	return 'included' in sent && !sent.success ? 'execution (included, success=false)' : 'none';
}
