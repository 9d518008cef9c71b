/**
 * What runs in the browser of whoever answers: finds wallets (EIP-6963, else the one at window.ethereum), has something
 * signed and gives it back to this very address. What wallets and the server say is only ever set as text.
 *
 * @param own the page's own part, which stands in the same function. It has `words`, which say what is signed and who may;
 * `sign(provider, account)`, which gives a signature; `sealed()`, what goes back with every answer; and `after(told)`, what
 * else is done with what the server told. The addresses that may sign are `request.signers`.
 */
export function pageScript(own: string): string {
	return COMMON.replace('OWN_PART', () => own);
}

const COMMON = `
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
		button.addEventListener('click', () => press(provider));
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

	async function press(provider) {
		busy(true);
		try {
			say('', 'Look at your wallet', words.lookAt);
			const accounts = (await provider.request({ method: 'eth_requestAccounts' })).map(String);
			const account = accounts.find((one) => request.signers.some((signer) => signer.toLowerCase() === one.toLowerCase()));
			if (!account) {
				return say('bad', words.notASigner, (accounts[0] ? 'Your wallet is set to the account ' + accounts[0] + ', which ' + words.mayNot + '.' : 'Your wallet gave no account.') + ' Switch in the wallet to ' + request.signers.join(' or ') + ', then press the button again.');
			}
			const signature = await sign(provider, account);
			say('', words.signed, words.wait);
			await answer({ action: 'approve', ...sealed(), signature });
		} catch (error) {
			const refused = error && error.code === 4001;
			say('bad', refused ? 'Not signed' : 'The wallet did not sign', refused ? 'You rejected it in the wallet. Nothing was sent, and you can press the button again.' : String((error && error.message) || error).slice(0, 300));
		} finally {
			busy(false);
		}
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
			return after(told);
		}
		if (reply.status === 409 || reply.status === 404) return finish('bad', 'Already answered', 'This request was answered before, or its time is over. Nothing more was done. You can close this page.');
		say('bad', 'No answer came in time', 'It may be on its way all the same. Wait a minute and reload this page before you sign again.');
	}

	byId('send-by-hand').addEventListener('click', async () => {
		busy(true);
		await answer({ action: 'approve', ...sealed(), signature: byId('signature').value.trim() });
		busy(false);
	});

	byId('send-decline').addEventListener('click', async () => {
		busy(true);
		await answer({ action: 'decline', ...sealed(), reason: byId('reason').value });
		busy(false);
	});

OWN_PART
})();
`;
