import { formatUnits } from 'viem';

/** Base units as exact decimal text: `1250500000` with 6 decimals is `1250.5`. */
export function formatAmount(baseUnits: bigint, decimals: number): string {
	return formatUnits(baseUnits, decimals);
}

/** The same for sentences, with thousands separators: `1,250.5`. Never for data. */
export function showAmount(baseUnits: bigint, decimals: number): string {
	const [whole = '0', fraction] = formatUnits(baseUnits, decimals).split('.');
	const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
	return fraction ? `${grouped}.${fraction}` : grouped;
}
