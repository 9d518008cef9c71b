import { html, jsonForScript, type Html } from './html';
import { PAGE_STYLE } from './pageStyle';

/**
 * Headers of everything that is answered here: only the page's own inline style and script run, nothing is loaded, no other
 * site may frame it or learn its address, nobody keeps it.
 *
 * @param nonce allows this page's own style and script, and no other
 */
export function pageHeaders(nonce: string): Record<string, string> {
	const policy = [
		"default-src 'none'",
		`script-src 'nonce-${nonce}'`,
		`style-src 'nonce-${nonce}'`,
		"connect-src 'self'",
		'img-src data:',
		"form-action 'self'",
		"frame-ancestors 'none'",
		"base-uri 'none'",
	];
	return {
		'Content-Security-Policy': policy.join('; '),
		'X-Frame-Options': 'DENY',
		'X-Content-Type-Options': 'nosniff',
		'Referrer-Policy': 'no-referrer',
		'Cross-Origin-Opener-Policy': 'same-origin-allow-popups',
		'Cross-Origin-Resource-Policy': 'same-origin',
		'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
		'Cache-Control': 'no-store',
		'X-Robots-Tag': 'noindex, nofollow',
	};
}

/** A page that only says something. */
export function messagePage(title: string, text: string, nonce: string): string {
	return wholePage(
		title,
		nonce,
		html`<h1>${title}</h1>
			<section><p>${text}</p></section>`,
	);
}

/** A page, with what stands in it. */
export function wholePage(title: string, nonce: string, body: Html): string {
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<title>${title}</title>
				<style nonce="${nonce}">
					${{ html: PAGE_STYLE }}
				</style>
			</head>
			<body>
				<main>${body}</main>
			</body>
		</html>`.html;
}

/** What went out to the page's script, and the script itself. */
export function scriptsOf(request: unknown, script: string, nonce: string): Html {
	return html`<script type="application/json" id="request" nonce="${nonce}">
			${jsonForScript(request)}
		</script>
		<script nonce="${nonce}">
			${{ html: script }};
		</script>`;
}

/** Where the page says what became of an answer. */
export const OUTCOME: Html = html`<section id="outcome" hidden aria-live="polite">
	<h2 id="outcome-title"></h2>
	<p id="outcome-text"></p>
	<p><a id="outcome-link" hidden rel="noreferrer"></a></p>
</section>`;

/** Where a person says no. */
export const DECLINE: Html = html`<section id="decline">
	<details>
		<summary>Decline</summary>
		<p><label for="reason">Why (the workflow is told, and may pass it on)</label></p>
		<textarea id="reason" maxlength="500"></textarea>
		<button type="button" class="quiet" id="send-decline">Decline</button>
	</details>
</section>`;

export function momentWords(moment: Date): string {
	return `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
