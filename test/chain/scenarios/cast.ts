import { getAddress, isAddress, keccak256, slice, stringToHex, type Address, type Hex } from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';

/** Who the names of one scenario are on this chain, in this run. */
export class Cast {
	private readonly addresses = new Map<string, Address>();
	private readonly names = new Map<string, string>();
	private readonly signers = new Map<string, PrivateKeyAccount>();

	/** @param origin Makes everybody new: the run and the scenario. */
	constructor(
		private readonly origin: string,
		contracts: Readonly<Record<string, Address>>,
	) {
		for (const [name, address] of Object.entries(contracts)) this.assign(name, address);
	}

	assign(name: string, address: Address): Address {
		this.addresses.set(name, address);
		this.names.set(address.toLowerCase(), name);
		return address;
	}

	/** 32 bytes that are this scenario's alone. */
	seed(label: string): Hex {
		return keccak256(stringToHex(`${this.origin}|${label}`));
	}

	/** `owner`, `stranger` and keys have a private key. */
	signer(name: string): PrivateKeyAccount {
		const known = this.signers.get(name);
		if (known) return known;
		const account = privateKeyToAccount(this.seed(name));
		this.signers.set(name, account);
		this.assign(name, account.address);
		return account;
	}

	address(name: string): Address {
		const known = this.addresses.get(name);
		if (known) return known;
		if (/^(owner|stranger|key[A-Z])$/.test(name)) return this.signer(name).address;
		if (/^recipient\d+$/.test(name)) return this.assign(name, getAddress(slice(this.seed(name), 12)));
		if (isAddress(name, { strict: false })) return name;
		throw new Error(`nobody is called ${name}`);
	}

	/** The address itself when it has no name. */
	nameOf(address: Address): string {
		return this.names.get(address.toLowerCase()) ?? address;
	}
}
