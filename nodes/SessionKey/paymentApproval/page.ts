import type { PastOfLine } from '../../../core/payment/compareWithPast';
import { totalsOfLines } from '../../../core/paymentApproval/lines';
import { typedDataJson } from '../../../core/paymentApproval/typedData';
import { withUnit } from '../../../core/text/format';
import { showLocalTime } from '../../../core/text/localTime';
import { html, type Html } from '../../shared/approvalPage/html';
import type { AskedBy } from '../../shared/approvalPage/respond';
import { DECLINE, OUTCOME, scriptsOf, wholePage } from '../../shared/approvalPage/wholePage';
import type { Asked } from './draft';
import { PAGE_SCRIPT } from './pageScript';
import type { ApprovalView, ViewedLine } from './view';
import { budgetWords, headlineOf, pastWords, refusedWords } from './words';

/** What the page needs beside the payments themselves. */
interface PageOptions extends AskedBy {
	/** Allows this page's own style and script, and no other. */
	nonce: string;
	/** n8n's signature over this choice: proves of a click that the page showed it. */
	seal: string;
	/** When the workflow goes on without an answer. */
	until: Date;
	/** Of each line. */
	past: readonly PastOfLine[];
}

/**
 * The page on which approvers read what is to be paid, take lines out, and sign or decline: what matters first, the details
 * below. Words about payments are in words.ts, those after a click in pageScript.ts (wallet) and pageAnswers.ts (server).
 */
export function paymentApprovalPage(asked: Asked, view: ApprovalView, options: PageOptions): string {
	const { rule, payer, timeZone } = asked;
	const { nonce, seal, until, workflow, n8n, past } = options;
	const needed = rule.needed === 1 ? 'An approver' : `${rule.needed} of ${rule.approvers.length} approvers`;
	return wholePage(
		headlineOf(view),
		nonce,
		html`
			<h1 id="headline">${headlineOf(view)}</h1>
			<p class="soft">
				The workflow “${workflow}” of ${n8n} asks. Answer by ${showLocalTime(until.getTime() / 1000, timeZone)}
				(${timeZone}).
			</p>
			<p class="note" id="refused">${refusedWords(view.lines)}</p>
			<section id="sign">
				<p id="signed" class="soft" hidden></p>
				<div id="wallets"></div>
				${clickButton(rule.byClick)}
				<div ${hiddenUnless(rule.approvers.length > 0)}>
					<p id="no-wallet" hidden>
						No wallet was found in this browser. Open this page in your wallet's own browser, or sign elsewhere:
					</p>
					<p>
						${needed} ${rule.needed === 1 ? 'signs' : 'sign'} a message, not a transaction. The wallet shows exactly
						this: compare it.
					</p>
					<div id="message">${messageRows(view)}</div>
					<p id="other-network" class="soft" hidden></p>
					<details>
						<summary>Sign elsewhere: hardware wallet, script</summary>
						<p>Sign this as typed data (EIP-712, eth_signTypedData_v4), and paste the signature.</p>
						<button type="button" class="quiet" id="copy">Copy the typed data</button>
						<p><label for="signature">Signature</label></p>
						<textarea id="signature" autocomplete="off" spellcheck="false"></textarea>
						<button type="button" id="send-by-hand">Send the signature</button>
					</details>
				</div>
			</section>
			${OUTCOME}
			<section id="next" hidden>
				<h2>The next approver</h2>
				<p>Send this link to the next approver. It carries your signature, and the payments that you chose.</p>
				<textarea id="next-link" readonly></textarea>
				<button type="button" id="copy-next">Copy the link</button>
			</section>
			${DECLINE}
			<section>
				<h2>Payments</h2>
				<p class="soft">Take out what should not be paid: the rest can still be approved.</p>
				<table>
					${view.lines.map((line, index) => row(line, index, past[index] ?? { kind: 'unknown' }, timeZone))}
				</table>
			</section>
			<section>
				<h2>Total</h2>
				<div id="total">${totalRows(view)}</div>
				<h3>Left of the key's budgets afterwards</h3>
				<div id="left">${budgetRows(asked, view)}</div>
			</section>
			<section>
				<h2>Who and where</h2>
				<dl>
					<dt>Account</dt>
					<dd><code>${payer.account}</code></dd>
					<dt>Network</dt>
					<dd>${view.data.message.network}</dd>
					${approverRows(asked)}
				</dl>
				<p class="soft">
					n8n pays only what is approved, unchanged, until
					${showLocalTime(Date.parse(asked.draft.validUntil) / 1000, timeZone)}. This is a rule of n8n, in the
					credential; the chain does not know it.
				</p>
			</section>
			${scriptsOf(
				{ signers: rule.approvers, chainId: payer.network.chainId, ...requestOf(view, []), seal },
				PAGE_SCRIPT,
				nonce,
			)}
		`,
	);
}

/** What the page's script needs of a choice, and gives back with an answer. */
export function requestOf({ data, lines }: ApprovalView, approvals: readonly unknown[]) {
	const out = lines.flatMap(({ isOut }, index) => (isOut ? [index] : []));
	return { typedData: typedDataJson(data), network: data.message.network, out, approvals };
}

/** The parts of the page that are others for another choice of lines, by the id of where they stand. */
export function partsOf(asked: Pick<Asked, 'timeZone'>, view: ApprovalView): Record<string, Html> {
	return {
		headline: html`${headlineOf(view)}`,
		refused: html`${refusedWords(view.lines)}`,
		message: messageRows(view),
		total: totalRows(view),
		left: budgetRows(asked, view),
		...Object.fromEntries(view.lines.map((line, index) => [`refused-${index}`, refusalNote(line)])),
	};
}

function totalRows({ lines }: ApprovalView): Html {
	const totals = totalsOfLines(lines.filter(({ isOut }) => !isOut).map(({ line }) => line));
	return html`${totals.map(
		({ amount, token, tokenAddress = '' }) =>
			html`<p><strong>${withUnit(amount, token)}</strong> <code>${tokenAddress}</code></p>`,
	)}`;
}

function budgetRows({ timeZone }: Pick<Asked, 'timeZone'>, { remaining }: ApprovalView): Html {
	// Of what the key may not pay at all there is nothing to be left.
	const limited = remaining.filter(({ limit }) => limit !== '0');
	if (limited.length === 0) return html`<p class="soft">None of them has a limit.</p>`;
	return html`${limited.map((one) => html`<p>${budgetWords(one, timeZone)}</p>`)}`;
}

function messageRows({ data: { message } }: ApprovalView): Html {
	const rows = Object.entries(message).map(
		([name, value]) =>
			html`<dt>${name}</dt>
				<dd><code>${String(value)}</code></dd>`,
	);
	return html`<dl class="hash">${rows}</dl>`;
}

function row({ line, name, isOut, ...viewed }: ViewedLine, index: number, past: PastOfLine, timeZone: string): Html {
	const { plain, warnings } = pastWords(line, past, timeZone);
	const { to, amount, token, reference } = line;
	return html`<tr class="${isOut ? 'out' : ''}">
		<td><input type="checkbox" id="line-${index}" data-line="${index}" ${isOut ? '' : { html: 'checked' }} /></td>
		<td>
			<label for="line-${index}">
				<p class="payment">
					<strong>${name ?? reference}</strong> <span class="amount">${withUnit(amount, token)}</span>
				</p>
				<p><code>${to}</code></p>
			</label>
			${name === undefined ? { html: '' } : html`<p class="soft">${reference}</p>`}
			<div id="refused-${index}">${refusalNote({ line, isOut, ...viewed })}</div>
			${warnings.map((warning) => html`<p class="note">${warning}</p>`)}
			<p class="soft">${plain}</p>
		</td>
	</tr>`;
}

function refusalNote({ refusal }: ViewedLine): Html {
	return refusal ? html`<p class="note">Would be refused now: ${refusal.message}</p>` : { html: '' };
}

function clickButton(isEnough: boolean): Html {
	if (!isEnough) return { html: '' };
	return html`<button type="button" id="click">Approve without a wallet</button>
		<p class="soft">It is noted as a click, not as a signature: nobody can prove afterwards who it was.</p>`;
}

function hiddenUnless(isShown: boolean): Html {
	return { html: isShown ? '' : 'hidden' };
}

function approverRows({ rule }: Asked): Html {
	if (rule.approvers.length === 0) return { html: '' };
	return html`<dt>${rule.needed === 1 ? 'Any of these approvers' : `${rule.needed} of these approvers`}</dt>
		<dd>${rule.approvers.map((one) => html`<p><code>${one}</code></p>`)}</dd>`;
}
