import type { ApprovalRequest, KeyOutlook, NamedContract } from '../../../core/approval/approvalRequest';
import { about } from '../../../core/text/format';
import { html, type Html } from '../../shared/approvalPage/html';
import type { AskedBy } from '../../shared/approvalPage/respond';
import { DECLINE, momentWords, OUTCOME, scriptsOf, wholePage } from '../../shared/approvalPage/wholePage';
import { PAGE_SCRIPT } from './pageScript';

/** What the page needs beside the request itself. */
interface PageOptions extends AskedBy {
	/** Allows this page's own style and script, and no other. */
	nonce: string;
	/** n8n's signature over the message and over what is shown: proves when it comes back that this n8n built it. */
	seal: string;
	/** The fingerprint of what is shown. */
	shown: string;
	/** When the workflow goes on without an answer. */
	until: Date;
}

/**
 * The page on which an owner reads what will change, and signs or declines: what matters first, the details below. Its words
 * are here; those after a click in pageScript.ts (wallet) and pageAnswers.ts (server); those of the change itself in
 * core/approval/headline.ts and core/sessionKey/describe/.
 */
export function approvalPage(
	request: ApprovalRequest,
	{ nonce, seal, shown, until, workflow, n8n }: PageOptions,
): string {
	const { message, owners, chainId, network, operation, headline } = request;
	return wholePage(
		headline,
		nonce,
		html`
			<h1>${headline}</h1>
			<p class="soft">
				The workflow “${workflow}” of ${n8n} asks for this, for your smart account on ${networkWords(request)}. Answer
				by ${momentWords(until)}.
			</p>
			${warningSection(request.warnings)}
			<section id="sign">
				<div id="wallets"></div>
				<p id="no-wallet" hidden>
					No wallet was found in this browser. Open this page in your wallet's own browser, or sign elsewhere:
				</p>
				<p>
					Your wallet asks you to sign a <strong>message</strong>, not a transaction, and shows exactly this. Compare
					all that it shows:
				</p>
				<code class="hash" id="message">${message}</code>
				<p class="soft">
					It is the fingerprint of this change. If your wallet shows anything else, or asks for a payment or an approval
					of a token, refuse.
				</p>
				<p id="other-network" class="soft" hidden></p>
				<details>
					<summary>Sign elsewhere: hardware wallet, script</summary>
					<p>
						Sign the 32 bytes above as a message (personal_sign, EIP-191, as bytes and not as text), and paste the
						signature.
					</p>
					<button type="button" class="quiet" id="copy">Copy the message</button>
					<p><label for="signature">Signature</label></p>
					<textarea id="signature" autocomplete="off" spellcheck="false"></textarea>
					<button type="button" id="send-by-hand">Send the signature</button>
				</details>
			</section>
			${OUTCOME} ${DECLINE}
			<section>
				<h2>What will change</h2>
				<ul>
					${request.changes.map((sentence) => html`<li>${sentence}</li>`)}
				</ul>
				<p class="soft">Nothing happens unless an owner signs.</p>
			</section>
			${request.keys.map(keySection)}
			<section>
				<h2>Where</h2>
				<dl>
					<dt>Account</dt>
					<dd><code>${request.account}</code></dd>
					<dt>${owners.length === 1 ? 'Owner' : 'Any of these owners'}</dt>
					<dd>${owners.map((owner) => html`<code>${owner}</code> `)}</dd>
					${contractRows(request.contracts)}
					<dt>Gas</dt>
					<dd>${gasWords(request)}</dd>
				</dl>
			</section>
			${scriptsOf({ message, signers: owners, chainId, network, operation, seal, shown }, PAGE_SCRIPT, nonce)}
		`,
	);
}

function keySection({ sessionKey, permissions, risk }: KeyOutlook): Html {
	return html`<section>
		<h2>The key as it will be</h2>
		<p><code>${sessionKey}</code></p>
		<ul>
			${permissions.map((sentence) => html`<li>${sentence}</li>`)}
		</ul>
		<h3>What a thief of this key could take</h3>
		<ul>
			${risk.map((sentence) => html`<li>${sentence}</li>`)}
		</ul>
	</section>`;
}

function contractRows(contracts: readonly NamedContract[]): Html {
	if (contracts.length === 0) return { html: '' };
	return html`<dt>Contracts</dt>
		<dd>
			${contracts.map((contract) => {
				const { address, symbol, known } = contract;
				const name = symbol ? ` ${symbol}${known ? '' : ', as it calls itself: check the address'}` : '';
				return html`<p><code>${address}</code>${name}${decimalsWords(contract)}</p>`;
			})}
		</dd>`;
}

/** Whoever answers for a token could make 100 look like 1: what nobody else vouches for is said to be so. */
function decimalsWords({ decimals, decimalsFrom }: NamedContract): string {
	if (decimals === undefined) return '';
	return decimalsFrom === 'pinned'
		? `. Amounts are shown with its ${decimals} decimals.`
		: `. Amounts are shown with ${decimals} decimals, as the token itself says: compare that with its own site.`;
}

function warningSection(warnings: readonly string[]): Html {
	if (warnings.length === 0) return { html: '' };
	return html`<section class="warning">
		<h2>Think twice</h2>
		<ul>
			${warnings.map((warning) => html`<li>${warning}</li>`)}
		</ul>
	</section>`;
}

function networkWords({ network, chainId }: ApprovalRequest): string {
	return network === `Chain ${chainId}` ? network : `${network} (chain ${chainId})`;
}

function gasWords({ gas, account }: ApprovalRequest): string {
	const payer = gas.paidBy === account ? 'paid by the account itself' : `paid by the paymaster ${gas.paidBy}`;
	return `At most ${about(gas.mostItCosts, 'up')} ${gas.unit}, ${payer}`;
}
