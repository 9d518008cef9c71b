import type { IDataObject } from 'n8n-workflow';
import { formatAmount } from '../../core/amounts';
import { roomForKeys } from '../../core/emergencyStop/prepareStop';
import { toStopCode } from '../../core/emergencyStop/stopCode';
import { NATIVE_DECIMALS } from '../../core/networks';
import { about } from '../../core/text/format';
import { getRequiredPrefund } from '../../core/userOperation/bounds';
import type { UserOperation } from '../../core/userOperation/userOperation';
import type { OwnerSession } from './owner';

/** A stop that was signed, with what has to be kept and known of it. */
export function stopJson({ network }: Pick<OwnerSession, 'network'>, op: UserOperation): IDataObject {
	const cost = formatAmount(getRequiredPrefund(op), NATIVE_DECIMALS);
	return {
		status: 'prepared',
		account: op.sender,
		network: network.name,
		stopCode: toStopCode({ chainId: network.chainId, op }),
		keepInAccount: `${cost} ${network.nativeSymbol}`,
		roomForKeys: roomForKeys(op),
		note: `Nothing was changed. Keep the code where whoever is on call finds it: they can end all session keys with it, once, and nothing else. The account must hold ${about(cost, 'up')} ${network.nativeSymbol} for that; only what the gas costs then is paid. Account > Get says whether the code is still good: look from time to time.`,
	};
}
