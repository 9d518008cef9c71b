/** Where the contracts stand, on this chain as on every other. */
export const ADDRESSES = {
	EntryPoint: '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789',
	MultiOwnerModularAccountFactory: '0x000000e92D78D90000007F0082006FDA09BD5f11',
	UpgradeableModularAccount: '0x0046000000000151008789797b54fdb500E2a61e',
	MultiOwnerPlugin: '0xcE0000007B008F50d762D155002600004cD6c647',
	SessionKeyPlugin: '0x0000003E0000a96de4058e1E02a62FaaeCf23d8d',
} as const;

/** The stand-ins: placed as they are compiled, no constructor runs. */
export const STAND_INS = [
	'MultiOwnerModularAccountFactory',
	'UpgradeableModularAccount',
	'MultiOwnerPlugin',
	'SessionKeyPlugin',
] as const satisfies ReadonlyArray<keyof typeof ADDRESSES>;
