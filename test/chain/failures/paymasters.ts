import { join } from 'node:path';
import { parseEther, type Address } from 'viem';
import type { DevnetClient } from '../../../devnet/client';
import { compileFolder } from '../../../devnet/contracts/compile';
import { deployContract } from '../../../devnet/contracts/deploy';
import type { Paymasters } from './cases';

/** Deploys two paymasters that pay for every operation, with a deposit and a stake. */
export async function deployPaymasters(devnet: DevnetClient): Promise<Paymasters> {
	const { LabPaymaster } = await compileFolder(join(__dirname, '..', 'scenarios'));
	const deploy = (): Promise<Address> =>
		deployContract(devnet.request, LabPaymaster!, [devnet.contracts.EntryPoint], {
			from: devnet.operator,
			value: parseEther('20'),
		});
	return { required: await deploy(), other: await deploy() };
}
