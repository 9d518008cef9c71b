import { AGENT, named, reason, type PerhapsKeyOfAccount, type Words } from './reason';

/** Refusals: signature, nonce, mempool. */
export const SENDING = {
	wrongSigner: reason<PerhapsKeyOfAccount & Words>({
		cause: 'The operation names one key and is signed by another (AA24).',
		message: ({ key }) => `The signature does not belong to ${named('the session key', key)}.`,
		remedy: () => `Check the private key in the credential "${AGENT}".`,
	}),
	badSignature: reason<PerhapsKeyOfAccount & Words>({
		cause: 'The signature is malformed (InvalidSignature).',
		message: ({ key }) => `The signature for ${named('the session key', key)} can't be read.`,
		remedy: () => `Check the private key in the credential "${AGENT}".`,
	}),
	nonceUsed: reason<Words>({
		cause: 'Another operation has already used this nonce (AA25).',
		message: () => 'Another operation was there first: its place in the order (the nonce) is already used.',
		remedy: () =>
			'Run it again: with the same reference, a payment that was made is found, and not made a second time.',
	}),
	replacementUnderpriced: reason<Words>({
		cause: 'An operation with this nonce waits at the bundler, and the new one does not raise both fees by 10%.',
		message: () =>
			'Another operation in the same place is still waiting, and this one does not offer enough to replace it.',
		remedy: () => 'Wait until the first one is included, then run it again with the same reference.',
	}),
	alreadyKnown: reason<Words>({
		cause: 'The bundler already has this very operation.',
		message: () => 'This very operation is already on its way.',
		remedy: () => 'Wait, then look it up with Session Key > Payment > Get. Nothing needs to be sent again.',
	}),
};
