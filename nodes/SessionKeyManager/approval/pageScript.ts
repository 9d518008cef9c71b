import { pageScript } from '../../shared/approvalPage/pageScript';

/** What the owner's page adds: the message is signed with personal_sign, whose text shows its 32 bytes. */
export const PAGE_SCRIPT = pageScript(`
	const words = {
		lookAt: 'It asks to connect, and then to sign the message that is shown above. Compare the two.',
		notASigner: 'This account is not an owner',
		mayNot: 'may not change this smart account',
		signed: 'Signed. Sending it ...',
		wait: 'This takes until it is in a block, often less than a minute. Leave this page open.',
	};

	const sealed = () => ({ operation: request.operation, seal: request.seal, shown: request.shown });

	const after = () => undefined;

	async function sign(provider, account) {
		await noteNetwork(provider);
		return provider.request({ method: 'personal_sign', params: [request.message, account] });
	}

	// The message holds the network in its hash, so the wallet's own choice of network changes nothing.
	async function noteNetwork(provider) {
		const chainId = Number(await provider.request({ method: 'eth_chainId' }).catch(() => request.chainId));
		const other = byId('other-network');
		other.hidden = chainId === request.chainId;
		other.textContent = 'Your wallet is set to another network (chain ' + chainId + '). That does no harm: what you sign counts on ' + request.network + ' only, and nothing is sent by the wallet.';
	}

	byId('copy').addEventListener('click', async () => {
		await navigator.clipboard.writeText(request.message).catch(() => undefined);
		byId('copy').textContent = 'Copied';
	});
`);
