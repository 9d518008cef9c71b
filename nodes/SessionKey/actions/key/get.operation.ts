import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { Payer } from '../../../../core/payment/payment';
import { describeKey } from '../../../../core/sessionKey/describeKey';
import { readKeyIndex, readKeys } from '../../../../core/sessionKey/readKeys';
import { showFor } from '../../../shared/showFor';
import { toJson } from '../../../../core/functionCall';

export const description = showFor('key', 'get', [
	{
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
] satisfies INodeProperties[]);

/** Tells the agent's own key: address, registered or not, limits, what is left, end, risk, and words for the owner. */
export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const { rpc, network, account, key } = payer;
	const [report] = await readKeys(rpc, network, await readKeyIndex(rpc, account), [key]);
	if (!report) throw new Error('The key could not be read');
	const described = describeKey(report);
	const registered = report.state.registered;
	const forOwner = registered
		? [`Session key ${key} of account ${account} on ${network.name}.`, ...described.risk.sentences].join(' ')
		: `Please register the session key ${key} on the account ${account} on ${network.name}: Session Key Manager > Key > Add. It can do nothing until then.`;
	const { risk, status, statusText, nativeLimit, tokenLimits, gasLimit, validUntil, ...rest } = described;
	const simple = {
		key,
		account,
		network: network.name,
		registered,
		status,
		statusText,
		nativeLimit,
		tokenLimits,
		gasLimit,
		validUntil,
		forOwner,
	};
	const whole = { ...simple, ...rest, risk };
	return withoutUndefined(
		toJson(context.getNodeParameter('simplify', itemIndex, true) ? simple : whole) as IDataObject,
	);
}

function withoutUndefined(json: IDataObject): IDataObject {
	return JSON.parse(JSON.stringify(json)) as IDataObject;
}
