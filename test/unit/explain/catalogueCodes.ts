import type { RefusalCode } from '../../../core/refusal/refusal';

/** The refusal that each case of the failure catalogue comes out as, by its number; those left out are paid. */
export const CATALOGUE_CODES: Readonly<Record<string, RefusalCode>> = {
	F01: 'nativeLimitExceeded',
	F02: 'nativeLimitExceeded',
	F03: 'tokenLimitExceeded',
	F04: 'contractNotAllowed',
	F05: 'functionNotAllowed',
	F05b: 'contractDenied',
	F06: 'keyExpired',
	F06b: 'keyExpiresSoon',
	F07: 'keyNotYetValid',
	F08: 'keyNotRegistered',
	F09: 'keyNotRegistered',
	F10a: 'paymasterRequired',
	F10b: 'paymasterWrong',
	F11a: 'gasLimitExceeded',
	F11b: 'wrongNonceKey',
	F11c: 'gasLimitExceeded',
	F12: 'pluginNotInstalled',
	F13a: 'accountNotDeployed',
	F13b: 'accountNotDeployed',
	F14: 'nativeBalanceTooLow',
	F14b: 'tokenBalanceTooLow',
	F15: 'gasBalanceTooLow',
	F16: 'wrongSigner',
	F16b: 'wrongSigner',
	F16c: 'wrongSigner',
	F16d: 'badSignature',
	F17: 'keyNotRegistered',
	F18: 'nothingToPay',
	F19: 'accountIsTarget',
	F20: 'callRefused',
	F21: 'callRefused',
	F22: 'callRefused',
	F23: 'callRefused',
	F26: 'stoppedWithoutReason',
	F27: 'verificationGasTooLow',
	F28: 'tokenLimitExceeded',
	j: 'accountNotDeployed',
};

/** The number of a case, from its name. */
export function numberOf(name: string): string {
	return name.split(' ')[0] as string;
}
