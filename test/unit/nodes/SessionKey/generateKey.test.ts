import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { AgentCredential, GeneratedKey } from '../../../../nodes/SessionKey/agentCredential';
import { keysOf, secretsOf, toAgentSigner } from '../../../../nodes/SessionKey/agentCredential';
import type { CredentialStore } from '../../../../nodes/SessionKey/credentialStore';
import { firstKey, nextKey, promote } from '../../../../nodes/SessionKey/generateKey';

jest.setTimeout(30_000);

const accountAddress = '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326';
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A credential as n8n's database holds it, with a database's slowness. */
function database(credential: Partial<AgentCredential> = {}) {
	const row = { data: JSON.stringify({ accountAddress, ...credential }), writes: 0 };
	const store = (id = 'credential'): CredentialStore => ({
		id,
		read: async () => {
			await pause(Math.random() * 20);
			return JSON.parse(row.data) as AgentCredential;
		},
		write: async (fresh) => {
			await pause(Math.random() * 20);
			row.data = JSON.stringify(fresh);
			row.writes += 1;
		},
	});
	return { row, store, stored: () => JSON.parse(row.data) as AgentCredential };
}

function bornKey(bornAt = 0): GeneratedKey {
	const privateKey = generatePrivateKey();
	return { privateKey, address: privateKeyToAccount(privateKey).address, bornAt };
}

describe('the first key', () => {
	it('is one key, however many ask at once', async () => {
		const { row, store, stored } = database();
		const made = await Promise.all(Array.from({ length: 20 }, () => firstKey(store())));
		expect(new Set(made.map(({ address }) => address)).size).toBe(1);
		expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
		expect(row.writes).toBe(1);
		expect(stored()).toMatchObject({ accountAddress, keyAddress: made[0]?.address });
		expect(toAgentSigner(stored()).address).toBe(made[0]?.address);
	});

	it('is one key over several n8n processes too, which know nothing of one another', async () => {
		const { store, stored } = database();
		// Another id is another lock: as in another process.
		const made = await Promise.all(Array.from({ length: 20 }, (_, index) => firstKey(store(`process ${index % 4}`))));
		expect(new Set(made.map(({ address }) => address))).toEqual(new Set([toAgentSigner(stored()).address]));
	});

	it('is never written over', async () => {
		const current = bornKey();
		const { row, store } = database({ keyAddress: current.address, oauthTokenData: { current } });
		expect(await firstKey(store())).toEqual({ address: current.address, isNew: false });
		const pasted = bornKey();
		const other = database({ privateKey: pasted.privateKey });
		expect(await firstKey(other.store())).toEqual({ address: pasted.address, isNew: false });
		expect(row.writes + other.row.writes).toBe(0);
	});

	it('is not replaced in silence when it was lost or changed', async () => {
		const pin = bornKey().address;
		const lost = database({ keyAddress: pin });
		await expect(firstKey(lost.store())).rejects.toThrow(`says that its key is ${pin}, but holds no key`);
		const changed = database({ keyAddress: pin, privateKey: bornKey().privateKey });
		await expect(firstKey(changed.store())).rejects.toThrow('but the credential says it must be');
		expect(lost.row.writes + changed.row.writes).toBe(0);
	});

	it('says so when n8n keeps nothing, and when it accepts nothing', async () => {
		const { store } = database();
		const forgetful = { ...store('forgetful'), write: async () => undefined };
		await expect(firstKey(forgetful)).rejects.toThrow('n8n did not keep what was written');
	});
});

describe('the next key', () => {
	it('is made once beside the present one, and takes its place when it is promoted', async () => {
		const current = bornKey();
		const { store, stored } = database({ keyAddress: current.address, oauthTokenData: { current } });
		const made = await Promise.all(Array.from({ length: 5 }, () => nextKey(store())));
		const [{ address }] = made as [(typeof made)[number]];
		expect(new Set(made.map((one) => one.address)).size).toBe(1);
		expect(stored().keyAddress).toBe(current.address);
		expect(keysOf(stored()).current.address).toBe(current.address);
		expect(keysOf(stored()).next?.address).toBe(address);

		await promote(store(), current.address); // somebody with an old view: nothing happens
		expect(keysOf(stored()).next?.address).toBe(address);
		await promote(store(), address);
		await promote(store(), address);
		expect(keysOf(stored()).current.address).toBe(address);
		expect(keysOf(stored()).next).toBeUndefined();
		expect(stored()).toMatchObject({ accountAddress, keyAddress: address, privateKey: '' });
		expect(JSON.stringify(stored())).not.toContain(current.privateKey);
	});

	it('takes the place of a pasted key too', async () => {
		const pasted = bornKey();
		const { store, stored } = database({ privateKey: pasted.privateKey });
		const { address } = await nextKey(store());
		expect(secretsOf(stored())).toContain(pasted.privateKey);
		await promote(store(), address);
		expect(toAgentSigner(stored()).address).toBe(address);
		expect(JSON.stringify(stored())).not.toContain(pasted.privateKey);
	});
});

describe('reading a credential', () => {
	it('refuses a key that is not the one that was born', () => {
		const current = { ...bornKey(), address: bornKey().address };
		expect(() => toAgentSigner({ accountAddress, oauthTokenData: { current } })).toThrow('holds another key than');
	});

	it('never shows what was pasted', () => {
		const nearlyAKey = `0x${'ab'.repeat(31)}zz`;
		expect(() => toAgentSigner({ accountAddress, privateKey: nearlyAKey })).toThrow(
			'"Session Key" in the Agent Session Key API credential is not a private key',
		);
		expect(() => toAgentSigner({ accountAddress, privateKey: '0'.repeat(64) })).toThrow('is not a private key');
		expect(() => toAgentSigner({ accountAddress })).toThrow('holds no key yet');
	});
});
