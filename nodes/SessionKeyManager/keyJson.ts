import type { IDataObject } from 'n8n-workflow';
import type { DescribedKey } from '../../core/sessionKey/describe/describeKey';

/** A described key as an item. */
export function keyJson(key: DescribedKey): IDataObject {
	return JSON.parse(JSON.stringify(key)) as IDataObject;
}

/** What most people want to know of a key. */
export function simpleKeyJson(key: DescribedKey): IDataObject {
	const budgets = [
		...(key.nativeLimit && key.nativeLimit.limit !== '0' ? [key.nativeLimit] : []),
		...key.tokenLimits,
	].map(({ token, left, limit, used, renews, reopensAt }) => ({
		token,
		left,
		limit,
		used,
		renews,
		reopensAt,
	}));
	const { keyAddress, tag, status, statusText, validUntil, warnings, risk, historyComplete, historyGap } = key;
	return JSON.parse(
		JSON.stringify({
			keyAddress,
			tag,
			status,
			statusText,
			budgets,
			gas: key.gasLimit?.text ?? (key.requiredPaymaster && `Paid by the paymaster ${key.requiredPaymaster}`),
			validUntil,
			risk: risk.sentences.join(' '),
			warnings,
			historyComplete,
			historyGap,
		}),
	) as IDataObject;
}
