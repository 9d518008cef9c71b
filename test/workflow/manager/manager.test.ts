import { SessionKeyManager } from '../../../nodes/SessionKeyManager/SessionKeyManager.node';
import { runNode } from '../../support/runNode';

const OWNER_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
const credentials = {
	alchemyApi: { network: 'custom', secretRpcUrl: 'http://127.0.0.1:1/secret-api-key', chainId: 31337 },
	smartAccountOwnerApi: { signWith: 'privateKey', privateKey: OWNER_KEY, accountAddress: '', salt: '0' },
};

describe('Session Key Manager in a workflow', () => {
	it('says that an endpoint can not be reached, without its address', async () => {
		const { error, stored } = await runNode(new SessionKeyManager(), {
			parameters: { resource: 'account', operation: 'get' },
			credentials,
		});
		expect(error?.message).toContain('could not be reached');
		expect(stored).not.toContain('secret-api-key');
		expect(stored).not.toContain(OWNER_KEY.slice(2));
	});
});
