import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { parseAddress } from '../../core/input/address';
import { NATIVE } from '../../core/input/token';
import { shortAddress } from '../../core/contractInfo';
import { readTokenChoices, type TokenChoices } from '../../core/sessionKey/read/readBudgetTokens';
import { connect } from '../shared/connection';
import { tokenList } from '../shared/tokenField';
import { AGENT_CREDENTIAL, secretsOf, toAgentSigner, type AgentCredential } from './agentCredential';
import { ONLY_BUDGET } from './transfer';

/** The list of tokens to pay in: first what the key has budgets for, with what is left, then the others. */
export async function searchPaymentTokens(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const { budgets, held } = await choicesOf(this);
	const { network } = await connect(this);
	const all = [
		ONLY_BUDGET,
		...budgets.map(({ token, symbol, left }) => ({
			name: token ? `${symbol}: ${left} (${shortAddress(token)})` : `${symbol} (Native Currency): ${left}`,
			value: token ?? NATIVE,
		})),
		...tokenList(network),
		...held.map(({ token, symbol }) => ({ name: `${symbol} (${token})`, value: token as string })),
	];
	const once = all.filter(({ value }, index) => all.findIndex((one) => one.value === value) === index);
	return { results: once.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase())) };
}

/** A form is filled in before there is a key, and while a provider is out of order: then the list is that of the network. */
async function choicesOf(context: ILoadOptionsFunctions): Promise<TokenChoices> {
	try {
		const credential = (await context.getCredentials(AGENT_CREDENTIAL)) as unknown as AgentCredential;
		const { rpc, network } = await connect(context, secretsOf(credential));
		const account = parseAddress(credential.accountAddress, 'Smart Account Address');
		return await readTokenChoices({ rpc, network, account, key: toAgentSigner(credential).address });
	} catch {
		return { budgets: [], held: [] };
	}
}
