import type { Address } from 'viem';
import { accountOf } from '../../../devnet/accounts';
import type { DevnetClient } from '../../../devnet';
import { freePort } from '../../../devnet/guarded';
import { commandsFor } from '../../support/pages';
import { sleep } from '../../support/payer';
import { type } from '../../support/typed';

/** A bundler that runs by the command of docs/providers.md. */
export interface OwnBundler {
	url: string;
	/** Whose key it was given: it pays for the bundles, and is paid back. */
	wallet: Address;
	/** The provider that it reaches the chain through, which counts what it asks. */
	node: DevnetClient;
	stop(): Promise<void>;
}

/** Types the page's command, with URL and keys put in as the page says, and waits until it answers. */
export async function startOwnBundler(devnet: DevnetClient): Promise<OwnBundler> {
	const [command, ...others] = commandsFor('bundler');
	if (!command || others.length > 0) throw new Error('docs/providers.md has one command for it');
	const { address: wallet, privateKey } = accountOf();
	await devnet.request('devnet_fund', [wallet]);
	const node = devnet.withKey(`node-${wallet}`);
	const port = await freePort();
	const typed = command
		.replace('<rpc url>', node.url)
		.replaceAll('<key>', privateKey)
		.replace(/--port \d+/, `--port ${port}`);
	const { output, interrupt, ended } = type(typed);
	let isOver = false;
	void ended.then(() => (isOver = true));
	const url = `http://127.0.0.1:${port}`;
	const answers = () =>
		fetch(`${url}/health`).then(
			({ ok }) => ok,
			() => false,
		);
	while (!(await answers())) {
		if (isOver) throw new Error(output());
		await sleep(50);
	}
	const stop = async () => {
		interrupt();
		await ended;
	};
	return { url, wallet, node, stop };
}
