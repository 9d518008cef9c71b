import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { readAccount } from '../../../../core/accountState';
import { tokensOfBudgets } from '../../../../core/sessionKey/read/budgetsInRecords';
import { readKeyIndex } from '../../../../core/sessionKey/read/readKeys';
import { lookUpUnpaid } from '../../../../core/statement/lookUpUnpaid';
import { readStatement, type Statement } from '../../../../core/statement/readStatement';
import { reconcile, type Reconciled } from '../../../../core/statement/reconcile';
import { toCsv } from '../../../../core/statement/toCsv';
import type { Period } from '../../../../core/statement/period';
import { toRows, unitsIn } from '../../../../core/statement/toRows';
import { localTimeAt } from '../../../../core/text/zonedTime';
import { formIn } from '../../../shared/operation';
import { showFor } from '../../../shared/showFor';
import { periodIn, register, statementAccount, statementFields, statementOptions } from '../../fields/statement';
import { describeKeys } from '../../keys';
import { readRegister } from '../../register';
import { statementPage } from '../../statementPage/page';
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
	const index = account.sessionKeys.length > 0 ? await readKeyIndex(rpc, account.address) : undefined;
	const statement = await readStatement(chain, {
		period,
		tokens: [...options.tokens, ...(index ? tokensOfBudgets(index) : [])],
		tell: (words) => context.logger.info(`Account: Statement of ${account.address}: ${words}`),
	});
	const reconciled = items && (await reconciledWith(run, statement, items));
	const keys = index ? await describeKeys(run, index, account.sessionKeys) : [];
	const references = [...options.references, ...(reconciled?.lines.map(({ line }) => line.reference) ?? [])];
	const rows = toRows(statement, { network, ...options, references, reconciled });
	const now = Math.floor(Date.now() / 1000);
	const page = statementPage({ statement, rows, network, payees: options.payees, keys, now });
	const name = `statement-${account.address.slice(0, 8)}-${dayName(period)}`;
	const csv = await context.helpers.prepareBinaryData(Buffer.from(toCsv(rows), 'utf8'), `${name}.csv`, 'text/csv');
	const html = await context.helpers.prepareBinaryData(Buffer.from(page, 'utf8'), `${name}.html`, 'text/html');
	const pairedItem = context.getInputData().map((_, item) => ({ item }));
	return rows.map((row, index) => ({
		json: { ...row } as IDataObject,
		pairedItem,
		...(index === 0 && { binary: { csv, html } }),
	}));
}

/** The first day, for the names of files: `2026-11-01`. */
function dayName({ from, timeZone }: Period): string {
	const { year, month, day } = localTimeAt(from, timeZone);
	return [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
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
