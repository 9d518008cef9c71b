import { EXAMPLES } from '../core/refusal/examples';
import type { RefusalCode } from '../core/refusal/refusal';
import { refuse } from '../core/refusal/refusal';
import { REFUSALS } from '../core/refusal/refusals';

const HEAD = `# Refusals

Every reason why a payment is not made, from the list in the code (core/refusal/refusals.ts). Do not edit this page:
\`npm run docs\` writes it, and a test keeps it current.

A refusal comes before anything is signed wherever it can be known before. In an item (Continue On Fail, or *Payment: Check*)
it is \`refusal.code\`, with the figures in \`refusal.data\`, and \`refusal.reopensAt\` where waiting helps: a Wait node can take it.
By a node's error output the sentence comes as \`message\`, and the same under \`error\`: \`error.refusal.code\`.
`;

/** docs/refusals.md: each refusal with its cause, an example of what is said, and the remedy. */
export function refusalsDoc(): string {
	const sections = (Object.keys(REFUSALS) as RefusalCode[]).map((code) => {
		const { message, remedy } = refuse(code, EXAMPLES[code] as never);
		return [`## ${code}`, REFUSALS[code].cause, `> ${message}`, `**What to do:** ${remedy}`].join('\n\n');
	});
	return `${[HEAD.trim(), ...sections].join('\n\n')}\n`;
}
