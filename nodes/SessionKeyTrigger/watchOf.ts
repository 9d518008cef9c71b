import type { INodeParameterResourceLocator, IPollFunctions } from 'n8n-workflow';
import { InputError } from '../../core/errors';
import { parseAmount } from '../../core/input/amount';
import { parseAddress } from '../../core/input/address';
import type { LowMark } from '../../core/trigger/conditions';
import type { Watch } from '../../core/trigger/watch';
import { connect } from '../shared/connection';
import { NATIVE } from '../shared/tokenField';

/**
 * Reads `triggerProperties` and the credential.
 * @throws {InputError}
 */
export async function watchOf(context: IPollFunctions): Promise<Watch> {
	const { rpc, network } = await connect(context);
	const kinds = new Set(context.getNodeParameter('events', []) as never[]) as Watch['kinds'];
	if (kinds.size === 0) throw new InputError('Events', '"Events" is empty', 'Choose what to start the workflow on.');
	const options = context.getNodeParameter('options', {}) as { confirmations?: number; sessionKey?: string };
	return {
		rpc,
		network,
		account: parseAddress(context.getNodeParameter('accountAddress'), 'Smart Account Address'),
		key: options.sessionKey?.trim() ? parseAddress(options.sessionKey, 'Session Key Address') : undefined,
		kinds,
		confirmations: options.confirmations ?? 3,
		lowMark: kinds.has('budgetLow') ? lowMarkOf(context) : { percent: 0 },
		days: kinds.has('keyExpiring') ? (context.getNodeParameter('daysBefore', 7) as number) : 0,
	};
}

function lowMarkOf(context: IPollFunctions): LowMark {
	if (context.getNodeParameter('lowMeans', 'percent') === 'percent') {
		return { percent: context.getNodeParameter('percentLeft', 20) as number };
	}
	const amount = context.getNodeParameter('amountLeft', '');
	parseAmount(amount, MOST_DECIMALS, 'Amount Left');
	const locator = context.getNodeParameter('token') as INodeParameterResourceLocator;
	return {
		asset: locator.value === NATIVE ? 'native' : parseAddress(locator.value, 'Token'),
		baseUnitsOf: (decimals) => parseAmount(amount, decimals, 'Amount Left'),
	};
}

/** More than any token has: what is wrong with the text itself is said before the token is known. */
const MOST_DECIMALS = 255;
