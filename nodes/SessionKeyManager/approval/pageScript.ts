/**
 * What runs in the owner's browser: finds wallets (EIP-6963, else the one at window.ethereum), has the message signed
 * (personal_sign) and gives it back to this very address. What wallets and the server say is only ever set as text.
 */
export const PAGE_SCRIPT = `
(() => {
	'use strict';
	const request = JSON.parse(document.getElementById('request').textContent);
	const byId = (id) => document.getElementById(id);
	const wallets = new Map();
	let answered = false;

	// A second tab of the same browser learns that the request was answered.
	const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('session-key-approval ' + location.pathname) : undefined;
	if (tabs) tabs.onmessage = () => answered || finish('bad', 'Answered in another tab', 'This request was answered in another tab of this browser. You can close this one.');

	function say(kind, title, text, link) {
		const box = byId('outcome');
		box.hidden = false;
		box.className = kind;
		byId('outcome-title').textContent = title;
		byId('outcome-text').textContent = text;
		const anchor = byId('outcome-link');
		anchor.hidden = !link;
		if (link) { anchor.textContent = link; anchor.href = link; }
		box.scrollIntoView({ block: 'nearest' });
	}

	function busy(on) {
		for (const button of document.querySelectorAll('button')) button.disabled = on;
	}

	function finish(kind, title, text, link) {
		answered = true;
		byId('sign').hidden = true;
		byId('decline').hidden = true;
		say(kind, title, text, link);
	}

	function showWallet(id, name, icon, provider) {
		if (wallets.has(id)) return;
		wallets.set(id, provider);
		byId('no-wallet').hidden = true;
		const button = document.createElement('button');
		button.type = 'button';
		if (/^data:image\\/(png|webp|jpeg|gif|svg\\+xml)[;,]/.test(icon || '')) {
			const image = document.createElement('img');
			image.alt = '';
			image.src = icon;
			button.append(image);
		}
		button.append('Sign with ' + String(name).slice(0, 60));
		button.addEventListener('click', () => sign(provider));
		byId('wallets').append(button);
	}

	window.addEventListener('eip6963:announceProvider', (event) => {
		const { info, provider } = event.detail || {};
		if (info && provider) showWallet(String(info.uuid), info.name, info.icon, provider);
	});
	window.dispatchEvent(new Event('eip6963:requestProvider'));
	window.addEventListener('load', () => {
		if (wallets.size === 0 && window.ethereum) showWallet('injected', 'the wallet of this browser', '', window.ethereum);
		if (wallets.size === 0) byId('no-wallet').hidden = false;
	});

	async function sign(provider) {
		busy(true);
		try {
			say('', 'Look at your wallet', 'It asks to connect, and then to sign the message that is shown above. Compare the two.');
			const accounts = (await provider.request({ method: 'eth_requestAccounts' })).map(String);
			const account = accounts.find((one) => request.owners.some((owner) => owner.toLowerCase() === one.toLowerCase()));
			if (!account) {
				return say('bad', 'This account is not an owner', (accounts[0] ? 'Your wallet is set to the account ' + accounts[0] + ', which may not change this smart account.' : 'Your wallet gave no account.') + ' Switch in the wallet to ' + request.owners.join(' or ') + ', then press the button again.');
			}
			await noteNetwork(provider);
			const signature = await provider.request({ method: 'personal_sign', params: [request.message, account] });
			say('', 'Signed. Sending it ...', 'This takes until it is in a block, often less than a minute. Leave this page open.');
			await answer({ action: 'approve', operation: request.operation, seal: request.seal, shown: request.shown, signature });
		} catch (error) {
			const refused = error && error.code === 4001;
			say('bad', refused ? 'Not signed' : 'The wallet did not sign', refused ? 'You rejected it in the wallet. Nothing was sent, and you can press the button again.' : String((error && error.message) || error).slice(0, 300));
		} finally {
			busy(false);
		}
	}

	// The message holds the network in its hash, so the wallet's own choice of network changes nothing.
	async function noteNetwork(provider) {
		const chainId = Number(await provider.request({ method: 'eth_chainId' }).catch(() => request.chainId));
		const other = byId('other-network');
		other.hidden = chainId === request.chainId;
		other.textContent = 'Your wallet is set to another network (chain ' + chainId + '). That does no harm: what you sign counts on ' + request.network + ' only, and nothing is sent by the wallet.';
	}

	async function answer(body) {
		const reply = await fetch(location.href, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).catch(() => undefined);
		if (!reply) return say('bad', 'No answer came', 'It may have arrived all the same. Wait a minute and look at the account, or reload this page, before you sign again.');
		const told = await reply.json().catch(() => ({}));
		if (told.title) {
			if (told.final) {
				finish(told.kind, told.title, told.text, told.link);
				if (tabs) tabs.postMessage('answered');
			} else say(told.kind, told.title, told.text, told.link);
			return;
		}
		if (reply.status === 409 || reply.status === 404) return finish('bad', 'Already answered', 'This request was answered before, or its time is over. Nothing more was done. You can close this page.');
		say('bad', 'No answer came in time', 'It may be on its way all the same. Wait a minute and reload this page before you sign again.');
	}

	byId('copy').addEventListener('click', async () => {
		await navigator.clipboard.writeText(request.message).catch(() => undefined);
		byId('copy').textContent = 'Copied';
	});

	byId('send-by-hand').addEventListener('click', async () => {
		busy(true);
		await answer({ action: 'approve', operation: request.operation, seal: request.seal, shown: request.shown, signature: byId('signature').value.trim() });
		busy(false);
	});

	byId('send-decline').addEventListener('click', async () => {
		busy(true);
		await answer({ action: 'decline', operation: request.operation, seal: request.seal, shown: request.shown, reason: byId('reason').value });
		busy(false);
	});
})();
`;
