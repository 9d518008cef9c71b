import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import type { FaultRule } from '../devnet';
import { median, rounded, type Result, type Row, type Stage } from './support/bench';
import type { Told } from './support/subject';
import { trafficOf } from './support/traffic';
import { payingAccount, tokensOf, transferTo, walletOf } from './support/wallets';

const SEND = ['eth_sendUserOperation'];

interface Case {
	rule: FaultRule;
	/** What is true in the end, on the chain. */
	truth: 'paid' | 'not paid';
	/** Whether all wait side by side, because most of the time is waiting. */
	sideBySide?: boolean;
}

const CASES: Record<string, Case> = {
	'503 once, the operation was taken': {
		rule: { kind: 'http', status: 503, match: SEND, times: 1, carriedOut: true },
		truth: 'paid',
	},
	'503 once, nothing was taken': { rule: { kind: 'http', status: 503, match: SEND, times: 1 }, truth: 'paid' },
	'503 always, the operation was taken': {
		rule: { kind: 'http', status: 503, match: SEND, carriedOut: true },
		truth: 'paid',
		sideBySide: true,
	},
	'503 always, nothing was taken': {
		rule: { kind: 'http', status: 503, match: SEND },
		truth: 'not paid',
		sideBySide: true,
	},
};

/** An endpoint that answers 503 to a send. */
export async function unavailable(stage: Stage): Promise<Result> {
	const rows: Row[] = [];
	for (const [name, { rule, truth, sideBySide }] of Object.entries(CASES)) {
		const pair = (index: number) => onePair(stage, rule, truth, `${rows.length}-${index}`);
		const pairs: Pair[] = [];
		if (sideBySide) pairs.push(...(await Promise.all(Array.from({ length: stage.pairs }, (_, index) => pair(index)))));
		else for (let index = 0; index < stage.pairs; index++) pairs.push(await pair(index));
		for (const who of ['ours', 'stock'] as const) {
			const tries = pairs.map((one) => one[who]);
			rows.push(rowOf(name, truth, who, tries));
			stage.log(`${name}, ${who}: ${JSON.stringify(rows[rows.length - 1])}`);
		}
	}
	return {
		title: 'An endpoint that answers 503 to a send',
		rows,
		notes: [
			`Medians of ${stage.pairs} pairs, each in fresh processes; those of the last two cases wait side by side. No latency.`,
			"The truth is the recipient's balance in the end. The time is that until there was an answer, true or not.",
			'Ours is given 30 s, after which its answer is "pending": sent, the outcome not known, paying again is safe. What ' +
				'it sends anew is the same operation with the same hash.',
		],
	};
}

interface Try extends Told {
	sends: number;
}

type Pair = Record<'ours' | 'stock', Try>;

async function onePair(stage: Stage, rule: FaultRule, truth: Case['truth'], name: string): Promise<Pair> {
	const { devnet } = stage;
	const one = async (who: 'ours' | 'stock'): Promise<Try> => {
		const key = devnet.withKey(`unavailable-${who}-${name}`);
		const subject = stage.another[who]();
		try {
			await subject.use(walletOf(key, await payingAccount(devnet)));
			await key.faults.set(rule);
			const transfer = { ...transferTo(devnet, 0), to: privateKeyToAddress(generatePrivateKey()) };
			const told = await subject.pay([transfer]);
			const { sends } = trafficOf(await key.calls.list());
			const arrived = await tokensOf(devnet, transfer.to);
			if (arrived !== (truth === 'paid' ? 1 : 0)) throw new Error(`${name}, ${who}: ${arrived} payments arrived`);
			return { ...told, sends };
		} finally {
			await subject.close();
		}
	};
	return { ours: await one('ours'), stock: await one('stock') };
}

function rowOf(name: string, truth: Case['truth'], who: string, tries: readonly Try[]): Row {
	return {
		case: name,
		who,
		sends: median(tries.map(({ sends }) => sends)),
		'time (s)': rounded(median(tries.map(({ milliseconds }) => milliseconds)) / 1000, 1),
		'told (most often)': mostFrequent(tries.map(({ answer }) => answer)),
		truth,
		'told the truth': `${tries.filter(({ answer }) => isTrue(answer, truth)).length} of ${tries.length}`,
	};
}

/** `pending` says that the outcome is not known; everything that isn't an answer of ours says that nothing was paid. */
function isTrue(answer: string, truth: Case['truth']): boolean {
	return answer === 'pending' || (answer === 'paid') === (truth === 'paid');
}

function mostFrequent(answers: readonly string[]): string {
	const count = (answer: string) => answers.filter((one) => one === answer).length;
	return [...answers].sort((a, b) => count(b) - count(a))[0] ?? '';
}
