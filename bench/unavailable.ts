import type { FaultRule } from '../devnet';
import { median, rounded, type Result, type Row, type Stage } from './support/bench';
import type { Told } from './support/subject';
import { trafficOf } from './support/traffic';
import { payingAccount, transferTo, walletOf } from './support/wallets';

const SEND = ['eth_sendUserOperation'];

interface Case {
	rule: FaultRule;
	truth: string;
	/** Most of the time is waiting: so many pairs wait at a time. */
	sideBySide: number;
}

const CASES: Record<string, Case> = {
	'503 once, the operation was taken': {
		rule: { kind: 'http', status: 503, match: SEND, times: 1, carriedOut: true },
		truth: 'paid',
		sideBySide: 1,
	},
	'503 always, the operation was taken': {
		rule: { kind: 'http', status: 503, match: SEND, carriedOut: true },
		truth: 'paid',
		sideBySide: 5,
	},
	'503 always, nothing was taken': {
		rule: { kind: 'http', status: 503, match: SEND },
		truth: 'not paid',
		sideBySide: 5,
	},
};

/** An endpoint that answers 503 to a send. */
export async function unavailable(stage: Stage): Promise<Result> {
	const rows: Row[] = [];
	for (const [name, { rule, truth, sideBySide }] of Object.entries(CASES)) {
		const tries: Record<'ours' | 'stock', Try[]> = { ours: [], stock: [] };
		for (let done = 0; done < stage.pairs; done += sideBySide) {
			const count = Math.min(sideBySide, stage.pairs - done);
			const pairs = Array.from({ length: count }, (_, index) => onePair(stage, rule, `${rows.length}-${done + index}`));
			for (const { ours, stock } of await Promise.all(pairs)) {
				tries.ours.push(ours);
				tries.stock.push(stock);
			}
		}
		for (const who of ['ours', 'stock'] as const) {
			rows.push(rowOf(name, truth, who, tries[who]));
			stage.log(`${name}, ${who}: ${JSON.stringify(rows[rows.length - 1])}`);
		}
	}
	return {
		title: 'An endpoint that answers 503 to a send',
		rows,
		notes: [
			`Medians of ${stage.pairs} pairs; those of the last two cases wait five at a time. No latency.`,
			'Ours is given 30 s, after which its answer is "pending": sent, the outcome not known, paying again is safe. What ' +
				'it sends anew is the same operation with the same hash.',
		],
	};
}

interface Try extends Told {
	sends: number;
}

async function onePair(stage: Stage, rule: FaultRule, name: string): Promise<{ ours: Try; stock: Try }> {
	const one = async (who: 'ours' | 'stock'): Promise<Try> => {
		const key = stage.devnet.withKey(`unavailable-${who}-${name}`);
		const subject = stage.another[who]();
		try {
			await subject.use(walletOf(key, await payingAccount(stage.devnet)));
			await key.faults.set(rule);
			const told = await subject.pay([transferTo(stage.devnet, 0)]);
			return { ...told, sends: trafficOf(await key.calls.list()).sends };
		} finally {
			await subject.close();
		}
	};
	return { ours: await one('ours'), stock: await one('stock') };
}

function rowOf(name: string, truth: string, who: string, tries: readonly Try[]): Row {
	return {
		case: name,
		who,
		sends: median(tries.map(({ sends }) => sends)),
		'time (s)': rounded(median(tries.map(({ milliseconds }) => milliseconds)) / 1000, 1),
		'told (most often)': mostFrequent(tries.map(({ answer }) => answer)),
		truth,
	};
}

function mostFrequent(answers: readonly string[]): string {
	const count = (answer: string) => answers.filter((one) => one === answer).length;
	return [...answers].sort((a, b) => count(b) - count(a))[0] ?? '';
}
