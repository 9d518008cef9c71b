import { requirePlugin, toPlan, type AccountSnapshot, type Plan } from './plan';
import { UNINSTALL_CALL } from './planUninstallPlugin';

/**
 * Plans what an owner signs beforehand: uninstalling the session key plugin, whatever keys there are by then. It is noted in
 * no registry: what it says must stay true after any other change.
 * @throws {InputError} when there is no plugin to uninstall
 */
export function planEmergencyStop(snapshot: AccountSnapshot): Plan {
	requirePlugin(snapshot);
	return toPlan(snapshot, {
		calls: [UNINSTALL_CALL],
		isEmergencyStop: true,
		sentences: [
			'Nothing changes now. What you sign is an emergency stop, kept as a code until somebody needs it.',
			'Whoever has the code can send it, once, without you, whenever they choose: it has no end date.',
			'Sent, it uninstalls the session key plugin, which ends every session key that the account has at that time.',
			'It can do nothing else. The account pays the gas, and no money goes anywhere else. You can set the keys up again afterwards.',
		],
	});
}
