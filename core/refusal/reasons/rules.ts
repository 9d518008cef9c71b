import type { Address } from 'viem';
import { grouped, withUnit } from '../../text/format';
import { AGENT, reason } from './reason';

/** Which call of a payment a rule forbids. */
interface RuledCall {
	recipient: Address;
	/** From 0, and how many there are. */
	index: number;
	payments: number;
	/** How many more calls of the payment the same rule forbids. */
	more: number;
}

/** An amount above a maximum; exact decimal text in `unit`. */
interface AboveMaximum extends RuledCall {
	rule: 'payment' | 'run';
	unit: string;
	/** Left out: the function of the token isn't known, and may take any amount. */
	amount?: string;
	most: string;
	/** What the run paid before it, or may have paid, with `run`. */
	before?: string;
}

interface NotAPayee extends RuledCall {
	kind: 'payment' | 'approval' | 'call';
	/** With a name that belongs to another address. */
	name?: string;
	listed?: Address;
}

const FIELD = { payment: '"Most per Payment"', run: '"Most per Run"' };
const RULE = 'This is a rule of n8n, in the credential; the chain does not know it. Nothing was sent.';
const EDITOR = `hoever may edit the credential "${AGENT}"`;

/** Refusals: what the credential says about who is paid, and how much at a time. */
export const RULES = {
	notAPayee: reason<NotAPayee>({
		cause:
			'"Only These Payees" is on in the credential, and somebody else would be paid, could take tokens afterwards, or is a contract that would be called; or a name was given with another address than the list has for it.',
		message: (data) => `${place(data)}${whoIsNoPayee(data)}${andMore(data)}`,
		remedy: ({ name, listed, kind }) =>
			name !== undefined && listed
				? `Ask ${name} which address is right, by another way than the message that gave the new one: a changed address is how payments are stolen. W${EDITOR} can change it under Payees, and in a workflow it is chosen anew. ${RULE}`
				: `Make sure who that is, by another way than the message that gave the address. W${EDITOR} can add a line under Payees: ${kind === 'call' ? 'a name and the address of the contract' : 'name, address'}. ${RULE}`,
	}),
	aboveMaximum: reason<AboveMaximum>({
		cause:
			'The payment is above "Most per Payment" of the credential, or brings the run above its "Most per Run"; or a token that has a maximum is called by a function of which nobody can tell how much it takes.',
		message: (data) => `${place(data)}${howMuch(data)}${andMore(data)}`,
		remedy: ({ rule, amount, unit }) =>
			amount === undefined
				? `Use a function of which the amount can be told, such as transfer or approve. If it has to be this one, w${EDITOR} can take ${unit} out of ${FIELD[rule]}. ${RULE}`
				: `Look whether the amount is right. If it is, w${EDITOR} can raise ${FIELD[rule]}${rule === 'run' ? ', or the rest can be paid by another run' : ''}. ${RULE}`,
	}),
};

function place({ index, payments }: RuledCall): string {
	return payments > 1 ? `Payment ${index + 1} of ${grouped(String(payments))}: ` : '';
}

function andMore({ more }: RuledCall): string {
	if (more === 0) return '';
	return ` The same is true of ${more === 1 ? '1 more payment' : `${grouped(String(more))} more payments`} in it.`;
}

function whoIsNoPayee({ recipient, kind, name, listed }: NotAPayee): string {
	if (name !== undefined && listed) {
		return `The address of "${name}" is ${listed} under Payees, and this payment would go to ${recipient}.`;
	}
	const only = `the credential "${AGENT}" lets only payees be paid.`;
	if (kind === 'payment') return `${recipient} is not among the payees, and ${only}`;
	if (kind === 'approval') return `${recipient} could take tokens and is not among the payees, and ${only}`;
	return `The contract ${recipient} would be called and is not among the payees, and ${only}`;
}

function howMuch({ rule, unit, amount, most, before = '0' }: AboveMaximum): string {
	if (amount === undefined) {
		return `How much ${unit} this call takes can't be told from its function, and ${FIELD[rule]} allows ${withUnit(most, unit)}.`;
	}
	if (rule === 'payment') {
		return `This payment is ${withUnit(amount, unit)}, more than the ${withUnit(most, unit)} of "Most per Payment".`;
	}
	return before === '0'
		? `This payment is ${withUnit(amount, unit)}, more than the ${withUnit(most, unit)} of "Most per Run".`
		: `This payment of ${withUnit(amount, unit)} comes after ${withUnit(before, unit)} in the same run, and together they are above the ${withUnit(most, unit)} of "Most per Run".`;
}
