/**
 * What Alchemy's public table charges for a call, in compute units (CU); a second figure where a call counts otherwise towards
 * throughput: https://www.alchemy.com/docs/reference/compute-unit-costs, https://www.alchemy.com/docs/reference/throughput.
 * QuickNode and others price in credits of their own: the same table is counted for every plan, so that plans can be compared.
 */
const UNITS: Readonly<Record<string, number | readonly [billed: number, throughput: number]>> = {
	net_version: 0,
	eth_chainId: 0,
	eth_syncing: 0,
	eth_blockNumber: 10,
	eth_feeHistory: 10,
	eth_maxPriorityFeePerGas: 10,
	rundler_maxPriorityFeePerGas: 10,
	eth_supportedEntryPoints: [10, 5],
	eth_call: 26,
	eth_simulateV1: 40,
	eth_getLogs: 60,
	eth_sendRawTransaction: [40, 250],
	eth_getBlockReceipts: [20, 500],
	eth_getUserOperationByHash: [20, 17],
	eth_getUserOperationReceipt: [20, 15],
	eth_estimateUserOperationGas: [500, 50],
	eth_sendUserOperation: [1000, 100],
	alchemy_requestPaymasterAndData: [1000, 100],
	alchemy_requestGasAndPaymasterAndData: [1250, 125],
	alchemy_getAssetTransfers: 120,
};

/** Blocks, balances, codes, transactions and receipts, and whatever else is an ordinary read. */
const ORDINARY = 20;

/** What a call of a method costs, in CU. */
export function billedUnits(method: string): number {
	return unitsOf(method)[0];
}

/** What a call of a method counts towards the CU of a second. */
export function throughputUnits(method: string): number {
	return unitsOf(method)[1];
}

function unitsOf(method: string): readonly [number, number] {
	const units = UNITS[method] ?? ORDINARY;
	return typeof units === 'number' ? [units, units] : units;
}
