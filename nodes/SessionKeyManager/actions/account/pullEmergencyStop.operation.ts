import type { IDataObject } from 'n8n-workflow';
import { pullStop } from '../../../../core/emergencyStop/pullStop';
import { formIn } from '../../../shared/operation';
import { withProperty } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { optionsOf, timeLimit } from '../../fields/change';
import { outcomeJson } from '../../planItems';
import { timeLimitOf, type OwnerRun } from '../../run';
import { stopCode } from '../../stopItems';

const code = withProperty(stopCode, { required: true });

export const ownerCredential = false;
export const description = showFor('account', 'pullEmergencyStop', [code, optionsOf(timeLimit)]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { session } = run;
	const stop = formIn(run).get(code);
	const { displayName } = code.property;
	const { status, keys, outcome, warnings } = await pullStop(session, stop, displayName, timeLimitOf(run));
	return {
		status,
		account: stop.op.sender,
		network: session.network.name,
		...(status === 'stopped' && { endedSessionKeys: [...keys] }),
		...(outcome && outcomeJson(session, stop.op.sender, outcome)),
		...(warnings.length > 0 && { warnings: warnings.map(({ sentence }) => sentence) }),
		summary: SUMMARIES[status],
	};
}

const SUMMARIES = {
	stopped: 'Stopped: the session key plugin is uninstalled, and no session key of the account works any more.',
	pending:
		'Sent, but not in a block yet: until it is, the session keys still work. Pull it again to look: the same operation is sent, never a second one.',
	alreadyStopped: 'The account has no session key plugin, so no session key works. Nothing had to be sent.',
} as const;
