import { pageScript } from '../../shared/approvalPage/pageScript';

/**
 * What the page of payments adds: typed data is signed (eth_signTypedData_v4), lines are taken out, and the link for the
 * next approver carries the choice and the signatures before it behind its #, where no server sees them. What is shown of a
 * choice comes from the server, which escapes it.
 */
export const PAGE_SCRIPT = pageScript(`
	const words = {
		lookAt: 'It asks to connect, and then to sign the message that is shown above. Compare the two.',
		notASigner: 'This account is not an approver',
		mayNot: 'may not approve payments here',
		signed: 'Signed. Sending it ...',
		wait: 'This takes a moment. Leave this page open.',
	};

	const sealed = () => ({ out: request.out, approvals: request.approvals, seal: request.seal });

	async function sign(provider, account) {
		await switchNetwork(provider);
		return provider.request({ method: 'eth_signTypedData_v4', params: [account, request.typedData] });
	}

	// Some wallets sign typed data only while they are set to its network.
	async function switchNetwork(provider) {
		const chainId = Number(await provider.request({ method: 'eth_chainId' }).catch(() => request.chainId));
		if (chainId === request.chainId) return;
		try {
			await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId: '0x' + request.chainId.toString(16) }] });
		} catch (error) {
			if (error && error.code === 4001) throw error;
			const other = byId('other-network');
			other.hidden = false;
			other.textContent = 'Your wallet is set to another network (chain ' + chainId + '), and did not switch to ' + request.network + '. Some wallets sign only then: add the network in the wallet, or sign elsewhere. Nothing is sent by the wallet.';
		}
	}

	// Not finished: another approver has to sign.
	function after(told) {
		if (!told.next) return;
		byId('sign').hidden = true;
		byId('next').hidden = false;
		for (const box of boxes()) box.disabled = true;
		byId('next-link').value = location.href.split('#')[0] + '#' + btoa(JSON.stringify(told.next));
		byId('next').scrollIntoView({ block: 'nearest' });
	}

	const boxes = () => [...document.querySelectorAll('input[data-line]')];

	function ready(on) {
		busy(!on);
		for (const box of boxes()) box.disabled = !on || request.approvals.length > 0;
	}

	// The server says what a choice comes to, and what is to be signed of it.
	async function choose(out, approvals) {
		ready(false);
		const body = JSON.stringify({ action: 'choose', out, approvals });
		const reply = await fetch(location.href, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).catch(() => undefined);
		const told = reply ? await reply.json().catch(() => ({})) : {};
		if (!told.request) {
			for (const box of boxes()) box.checked = !request.out.includes(Number(box.dataset.line));
			say('bad', told.title || 'No answer came', told.text || 'What you chose is not taken over. Try again, or reload this page.');
			return ready(true);
		}
		Object.assign(request, told.request);
		for (const [id, text] of Object.entries(told.parts)) byId(id).innerHTML = text;
		for (const box of boxes()) {
			box.checked = !request.out.includes(Number(box.dataset.line));
			box.closest('tr').className = box.checked ? '' : 'out';
		}
		byId('outcome').hidden = true;
		byId('signed').hidden = !told.signed;
		byId('signed').textContent = told.signed || '';
		ready(true);
		for (const button of byId('sign').querySelectorAll('button')) button.disabled = request.out.length === boxes().length;
	}

	for (const box of boxes()) {
		box.addEventListener('change', () => choose(boxes().filter((one) => !one.checked).map((one) => Number(one.dataset.line)), request.approvals));
	}

	if (location.hash.length > 1) {
		try {
			const { out, approvals } = JSON.parse(atob(decodeURIComponent(location.hash.slice(1))));
			choose(out, approvals);
		} catch {
			say('bad', 'This link is not complete', 'The end of it is missing, with the first signature. Open the whole link that you were sent.');
		}
	}

	byId('copy').addEventListener('click', async () => {
		await navigator.clipboard.writeText(request.typedData).catch(() => undefined);
		byId('copy').textContent = 'Copied';
	});

	byId('copy-next').addEventListener('click', async () => {
		byId('next-link').select();
		await navigator.clipboard.writeText(byId('next-link').value).catch(() => undefined);
		byId('copy-next').textContent = 'Copied';
	});

	const click = byId('click');
	if (click) click.addEventListener('click', async () => {
		busy(true);
		await answer({ action: 'approve', ...sealed(), click: true });
		busy(false);
	});
`);
