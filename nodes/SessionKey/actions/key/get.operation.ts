import type { IDataObject } from 'n8n-workflow';
import { describeKey } from '../../../../core/sessionKey/describe/describeKey';
import { readKeyIndex, readKeys } from '../../../../core/sessionKey/read/readKeys';
import { simplify } from '../../../shared/listFields';
import { runwayIn, withRunway } from '../../../shared/runway';
import { showFor } from '../../../shared/showFor';
import { toJson } from '../../../../core/functionCall';
import { formIn } from '../../../shared/operation';
import { rulesJson } from '../../rules';
import type { AgentRun } from '../../run';

export const description = showFor('key', 'get', [withRunway, simplify]);

/** Tells the agent's own key: address, registered or not, limits, what is left, end, risk, and words for the owner. */
export async function execute(run: AgentRun): Promise<IDataObject> {
	const form = formIn(run);
	const isSimple = form.get(simplify);
	const { rpc, network, account, key, rules } = run.payer;
	const [report] = await readKeys(rpc, network, await readKeyIndex(rpc, account, [key]), [key]);
	if (!report) throw new Error('The key could not be read');
	const described = describeKey(report);
	const registered = report.state.registered;
	const forOwner = registered
		? [`Session key ${key} of account ${account} on ${network.name}.`, ...described.risk.sentences].join(' ')
		: `Please register the session key ${key} on the account ${account} on ${network.name}: Session Key Manager > Key > Add. It can do nothing until then.`;
	const { risk, status, statusText, nativeLimit, tokenLimits, gasLimit, validUntil, ...rest } = described;
	const { historyComplete, historyGap } = described;
	const simple = {
		keyAddress: key,
		account,
		network: network.name,
		registered,
		status,
		statusText,
		nativeLimit,
		tokenLimits,
		gasLimit,
		validUntil,
		historyComplete,
		historyGap,
		...(rules && rulesJson(rules)),
		forOwner,
	};
	const whole = { ...simple, ...rest, risk };
	const runway = await runwayIn(form, run.payer, report);
	return withoutUndefined({ ...(toJson(isSimple ? simple : whole) as IDataObject), ...runway });
}

function withoutUndefined(json: IDataObject): IDataObject {
	return JSON.parse(JSON.stringify(json)) as IDataObject;
}
