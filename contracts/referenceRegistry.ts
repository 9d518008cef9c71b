import { keccak256, parseAbi, stringToHex, zeroHash, type Address, type Hex } from 'viem';

/**
 * Creates contracts by CREATE2 at the same address on every chain. It stands on all networks of the list, and on anvil
 * from the start (github.com/Arachnid/deterministic-deployment-proxy).
 */
export const DETERMINISTIC_DEPLOYER: Address = '0x4e59b44847b379578588920cA78FbF26c0B4956C';

/** Where ReferenceRegistry stands once anybody has deployed it: CREATE2 by the deployer above, of the init code, salt 0. */
export const REFERENCE_REGISTRY: Address = '0x5A071362ca9d28e4E50001B5EEDc6ed1E26ABa5E';

/** The same code once more: which changes an account's owner has made to its keys. Payments never touch this one. */
export const CHANGE_REGISTRY: Address = '0xAad7d693F813761Aa601F4FAdD5847F08D307210';

/** The salt that puts each instance where it stands. */
export const REGISTRY_SALTS: Readonly<Record<Address, Hex>> = {
	[REFERENCE_REGISTRY]: zeroHash,
	[CHANGE_REGISTRY]: keccak256(stringToHex('n8n-nodes-session-keys/key-changes/v1')),
};

/** What README.md of this folder says how to compile again, byte for byte. Any change of compiler moves the address. */
export const REFERENCE_REGISTRY_INIT_CODE: Hex =
	'0x608080604052346015576102f3908161001b8239f35b600080fdfe608080604052600436101561001357600080fd5b60003560e01c9081631db0e136146101d55750806325fbaead146101655763bd66528a1461004057600080fd5b3461016057602036600319011261016057600435336000526000602052604060002081600052602052604060002054908161014657602090336000526001825260406000205461008e610242565b9167ffffffffffffffff8260801c1691838314610130575b600167ffffffffffffffff809216011680938360401b90336000526001875282828260801b1717604060002055336000526000875260406000208460005287524260801b9060c01b17171760406000205560405191838352848301527f2500ada8ba581126c805692756f230258621bbe372c90d928a7284fab4a9c1ea60403393a3604051908152f35b604081901c67ffffffffffffffff1692506100a6565b6326a0d32960e01b60005260045260c01c60245260446000fd5b600080fd5b34610160576040366003190112610160576001600160a01b0361018661022c565b1660005260006020526040600020602435600052602052608060406000205467ffffffffffffffff604051918060c01c83528181851c166020840152818160401c166040840152166060820152f35b34610160576020366003190112610160576060906001600160a01b036101f961022c565b16600052600160205267ffffffffffffffff604060002054818160801c168352818160401c166020840152166040820152f35b600435906001600160a01b038216820361016057565b61a4b1461480156102e7575b610256574390565b60405163a3b1b31d60e01b815260208160048160645afa9081156102db5760009161027f575090565b9060203d6020116102d4575b601f8101601f1916830167ffffffffffffffff8111848210176102c0576020918491604052810103126102bd57505190565b80fd5b634e487b7160e01b83526041600452602483fd5b503d61028b565b6040513d6000823e3d90fd5b5062066eee461461024e56';

/** keccak256 of the code that stands at both addresses afterwards. Anything else there is not the registry. */
export const REFERENCE_REGISTRY_CODE_HASH: Hex = '0xd51cea7edc7bc0b46f5d6f1c8c5ed8cc639d132c1564392405a9787512991d77';

export const referenceRegistryAbi = parseAbi([
	'function claim(bytes32 paymentReference) returns (uint256 index)',
	'function recordOf(address account, bytes32 paymentReference) view returns (uint64 blockNumber, uint64 time, uint64 previousBlock, uint64 index)',
	'function headOf(address account) view returns (uint64 blockNumber, uint64 previousBlock, uint64 count)',
	'event Claimed(bytes32 indexed paymentReference, address indexed account, uint256 index, uint256 previousBlock)',
	'error AlreadyClaimed(bytes32 paymentReference, uint256 blockNumber)',
]);
