import { IStandardExecutorAbi, SessionKeyPluginAbi } from '@alchemy/aa-accounts';
import type { IDataObject } from 'n8n-workflow';
import { encodeFunctionData, type Hex } from 'viem';
import type { DevnetClient, SmartAccount } from '../../../devnet';
import { changeClaimCall } from '../../../core/registry/changeRegistry';
import { hashReference } from '../../../core/registry/referenceRegistry';
import { encodeSessionKeyCalls } from '../../../core/plugin/sessionKeyCalls';
import { tokenTransfer } from '../../../core/calls';
import { SessionKeyTrigger } from '../../../nodes/SessionKeyTrigger/SessionKeyTrigger.node';
import { alchemyApiFor } from '../../support/credentials';
import { freshAddress } from '../../support/payer';
import { pollingN8n, type PollingN8n } from '../../support/pollNode';

/** Everything that a trigger can watch. */
export const EVENTS = [
	'paymentMade',
	'paymentFailed',
	'keyAdded',
	'keyRemoved',
	'keyRotated',
	'permissionsUpdated',
	'budgetLow',
	'keyExpiring',
];

/** A trigger that watches an account through an API key of a devnet; one confirmation, payments alone unless it is said. */
export function triggerOn(
	devnet: Pick<DevnetClient, 'url' | 'chainId'>,
	account: Pick<SmartAccount, 'address'>,
	more: IDataObject = {},
): PollingN8n {
	const { confirmations = 1, sessionKey = '', ...rest } = more;
	const parameters = {
		accountAddress: account.address,
		events: ['paymentMade', 'paymentFailed'],
		lowMeans: 'percent',
		percentLeft: 20,
		daysBefore: 7,
		options: { confirmations, sessionKey },
		...rest,
	};
	const alchemyApi = { ...alchemyApiFor(devnet), explorerUrl: 'https://explorer.example.com' };
	return pollingN8n(new SessionKeyTrigger(), parameters, { alchemyApi });
}

/** Calldata that pays dollars, in whole units, under a reference where one is given. */
export function payData(devnet: DevnetClient, { keys }: SmartAccount, amount: number, reference?: string): Hex {
	const call = tokenTransfer(devnet.tokens.usd6.address, freshAddress(), BigInt(Math.round(amount * 1e6)));
	const [key] = keys as [SmartAccount['keys'][number]];
	return encodeSessionKeyCalls([call], key.address, reference ? hashReference(reference) : undefined);
}

/** One call of the session key plugin, as an owner. */
export function changeData(functionName: string, args: readonly unknown[]): Hex {
	return encodeFunctionData({ abi: SessionKeyPluginAbi, functionName, args } as never);
}

/** An owner's change with its record, as this package makes it. @param n its number */
export function recordedChange({ address }: SmartAccount, n: number, data: Hex): Hex {
	const calls = [{ target: address, value: 0n, data }, changeClaimCall(n)];
	return encodeFunctionData({ abi: IStandardExecutorAbi, functionName: 'executeBatch', args: [calls] });
}
