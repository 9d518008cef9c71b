import type { Hex } from 'viem';
import type { RpcError } from '../rpc/errors';
import { cut } from '../text/cut';
import { redact } from '../rpc/redact';
import { plain } from '../text/format';

const LONGEST_WORDS = 300;

/** An endpoint's words, short and without secrets. */
export function plainWords({ message, data }: RpcError, clean?: Clean): string {
	const { reason } = (data ?? {}) as { reason?: unknown };
	const more = cut(reason);
	return plain(cleaned(message.includes(more) ? message : `${message}: ${more}`, clean), LONGEST_WORDS);
}

/** Takes the secrets of the connection out of a text. */
type Clean = (text: string) => string;

export function cleaned(text: string, clean: Clean = redact): string {
	return clean(text);
}

/** The bytes behind an error: providers put them into the data, under several names, or at the end of the message. */
export function revertDataOf(error: RpcError): Hex | undefined {
	const { revertData, revert_data: other } = (error.data ?? {}) as Record<string, unknown>;
	for (const candidate of [revertData, other]) if (isBytes(candidate)) return candidate;
	const message = error.message.trim();
	const given = error.revertData && error.revertData.length > 2 ? error.revertData : errorBytesIn(message);
	return given ?? error.revertData ?? (/(?:execution reverted|reason: 0x)$/i.test(message) ? '0x' : undefined);
}

function isBytes(value: unknown): value is Hex {
	return typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value);
}

/** A custom error somewhere in a message: a selector and whole words of 32 bytes. Addresses and hashes have another length. */
function errorBytesIn(message: string): Hex | undefined {
	// anvil: "custom error 0x26a0d329: 00..."
	const joined = message.replace(/(custom error 0x[0-9a-f]{8}): ?(?=[0-9a-f]{64})/gi, '$1');
	const named = /reason: (0x(?:[0-9a-f]{2}){4,2048})/i.exec(joined)?.[1];
	const whole = (joined.match(/0x[0-9a-f]{8,4096}/gi) ?? []).find(({ length }) => (length - 10) % 64 === 0);
	return (named ?? whole) as Hex | undefined;
}
