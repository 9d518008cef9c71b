// What the bundle has in place of globals that n8n allows no community node to touch (see gulpfile.js, bundle).
import { sleep } from 'n8n-workflow';

interface Timer {
	cancelled: boolean;
}

/** setTimeout over n8n's own sleep. */
export function standInSetTimeout(callback: () => void, milliseconds = 0): Timer {
	const timer = { cancelled: false };
	void sleep(milliseconds).then(() => {
		if (!timer.cancelled) callback();
	});
	return timer;
}

export function standInClearTimeout(timer: Timer | undefined): void {
	if (timer) timer.cancelled = true;
}

declare const crypto: unknown;

/** The libraries look here for optional features only; crypto, the one that matters, is Node's own. */
export const standInGlobal = { crypto, TextEncoder, TextDecoder, BigInt };
