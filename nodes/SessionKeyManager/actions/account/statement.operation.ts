import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { readAccount, type AccountState } from '../../../../core/accountState';
import { tokensOfBudgets } from '../../../../core/sessionKey/read/budgetsInRecords';
import { readKeyIndex } from '../../../../core/sessionKey/read/readKeys';
import { lookUpUnpaid } from '../../../../core/statement/lookUpUnpaid';
import { readStatement, type Statement } from '../../../../core/statement/readStatement';
import { reconcile, type Reconciled } from '../../../../core/statement/reconcile';
import { toCsv } from '../../../../core/statement/toCsv';
import { toRows, unitsIn } from '../../../../core/statement/toRows';
import { formIn } from '../../../shared/operation';
import { showFor } from '../../../shared/showFor';
import { periodIn, register, statementAccount, statementFields, statementOptions } from '../../fields/statement';
import { readRegister } from '../../register';
import type { OwnerRun } from '../../run';

export const ownerCredential = false;
export const allItems = true;
export const description = showFor('account', 'statement', statementFields);

/** One statement, however many items come in: with Register they are its lines. */
export async function execute(run: OwnerRun): Promise<INodeExecutionData[]> {
	const { context, session } = run;
	const { rpc, network } = session;
	const form = formIn(run);
	const period = periodIn(form, Math.floor(Date.now() / 1000));
	const options = statementOptions(form);
	const items = form.get(register) === 'inputItems' ? context.getInputData().map(({ json }) => json) : undefined;
	const account = await readAccount(rpc, { ...session.reference, address: form.get(statementAccount) });
	const chain = { rpc, network, account: account.address };
	const statement = await readStatement(chain, {
		period,
		tokens: [...options.tokens, ...(await budgetTokens(run, account))],
		tell: (words) => context.logger.info(`Account: Statement of ${account.address}: ${words}`),
	});
	const reconciled = items && (await reconciledWith(run, statement, items));
	const references = [...options.references, ...(reconciled?.lines.map(({ line }) => line.reference) ?? [])];
	const rows = toRows(statement, { network, ...options, references, reconciled });
	const name = `statement-${account.address.slice(0, 8)}-${rows[0]?.time.slice(0, 10) ?? ''}`;
	const csv = await context.helpers.prepareBinaryData(Buffer.from(toCsv(rows), 'utf8'), `${name}.csv`, 'text/csv');
	const pairedItem = context.getInputData().map((_, item) => ({ item }));
	return rows.map((row, index) => ({
		json: { ...row } as IDataObject,
		pairedItem,
		...(index === 0 && { binary: { csv } }),
	}));
}

async function budgetTokens({ session }: OwnerRun, { address, sessionKeys }: AccountState) {
	return sessionKeys.length > 0 ? tokensOfBudgets(await readKeyIndex(session.rpc, address)) : [];
}

async function reconciledWith(
	{ session }: OwnerRun,
	statement: Statement,
	items: readonly IDataObject[],
): Promise<Reconciled> {
	const { account, entries, period, sums } = statement;
	const { rpc, network } = session;
	const unitsOf = unitsIn(statement, network);
	const lines = readRegister(
		items,
		sums.map(({ asset }) => asset),
		unitsOf,
	);
	const found = reconcile(lines, entries, unitsOf);
	return { ...found, lines: await lookUpUnpaid({ rpc, network, account }, found.lines, period) };
}
