import type { IDataObject } from 'n8n-workflow';
import type { Address } from 'viem';
import { pullStop, type PulledStop } from '../../../../core/emergencyStop/pullStop';
import { formIn } from '../../../shared/operation';
import { withProperty } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { optionsOf, timeLimit } from '../../fields/change';
import { outcomeJson } from '../../planItems';
import { timeLimitOf, type OwnerRun } from '../../run';
import { stopCode } from '../../../shared/stopCode';

const code = withProperty(stopCode, { required: true });

export const ownerCredential = false;
export const description = showFor('account', 'pullEmergencyStop', [code, optionsOf(timeLimit)]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { session } = run;
	const stop = formIn(run).get(code);
	const { displayName } = code.property;
	const { status, keys, outcome, warnings } = await pullStop(session, stop, displayName, timeLimitOf(run));
	// The note on other changes says not to run them again before a look: a stop is always safe to pull again.
	const sent = outcome ? outcomeJson(session, stop.op.sender, outcome) : {};
	delete sent.note;
	return {
		status,
		account: stop.op.sender,
		network: session.network.name,
		summary: SUMMARIES[status](stop.op.sender),
		...(status === 'stopped' && { endedSessionKeys: [...keys] }),
		...sent,
		...(warnings.length > 0 && { warnings: warnings.map(({ sentence }) => sentence) }),
	};
}

/** With the account: whoever pastes the code of another one must notice. */
const SUMMARIES: Record<PulledStop['status'], (account: Address) => string> = {
	stopped: (account) =>
		`Stopped: the session key plugin of ${account} is uninstalled, and none of its session keys works any more.`,
	pending: () =>
		'Sent, but not in a block yet: until it is, the session keys still work. Pull it again to look: the same operation is sent, never a second one.',
	alreadyStopped: (account) =>
		`The session key plugin is not installed on ${account}, so none of its session keys works. This run ended nothing.`,
};
